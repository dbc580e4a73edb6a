import { z } from 'zod';
import type { Json } from '@tenet-ledger/record';
import { isPointer } from '@tenet-ledger/record';
import type { ListItem } from '../ledger/index.js';
import { anyJson, named } from './openapi/route.js';

/** What several doors take and answer. Answers are schemas too: the document is made of them, and tests hold answers to them. */

/** Limit of an id, a session, a type in S. */
const NAME = 200;
export const name = z.string().min(1).max(NAME);
const wholeNumber = z.string().regex(/^\d{1,9}$/, 'expected a whole number');
export const pageLimit = wholeNumber
  .transform(Number)
  .pipe(z.number().min(1).max(500))
  .meta({ description: 'how many, 1 to 500; 100 without it' });
export const cursor = z.string().max(600).meta({ description: 'goes on where an earlier page ended' });
export const instant = z.iso
  .datetime({ offset: true })
  .meta({ description: 'RFC 3339; compared with the time the producer claims' });

/** Entries that producers make and that carry values of their own. */
export const RECORD_KINDS = ['decision', 'effect', 'override', 'correction', 'capture'] as const;
export const recordKind = z.enum(RECORD_KINDS);

export const pointer = z
  .string()
  .max(500)
  .refine(isPointer, 'expected a JSON pointer such as /decision/outcome')
  .meta({ description: 'JSON pointer (RFC 6901) of a field' });

export const fieldList = z
  .string()
  .max(4_000)
  .transform((text, context) => {
    if (text === '*') return 'all' as const;
    const paths = text === '' ? [] : text.split(',');
    const bad = paths.find((path) => !pointer.safeParse(path).success);
    if (bad === undefined) return paths;
    context.addIssue({ code: 'custom', message: 'expected JSON pointers with commas between them, or *' });
    return z.NEVER;
  })
  .meta({ description: 'fields whose values are wanted, with commas between them, each with all below it; * for all' });

/** Filters by what S says. */
export const FILTERS = {
  session: name.optional(),
  agent: name.optional().meta({ description: 'name@version, or a name for all its versions' }),
  type: name.optional(),
  subject: name.optional().meta({ description: 'the tag as it stands in the entry' }),
  runId: name.optional().meta({ description: 'the orchestrator’s run, as the lineage names it' }),
  from: instant.optional(),
  to: instant.optional().meta({ description: 'exclusive' }),
};

export interface Filters {
  readonly session?: string | undefined;
  readonly agent?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly runId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** As the ledger takes them. */
export function ledgerFilters({ session, agent, type, subject, runId, from, to }: Filters) {
  return {
    ...(session !== undefined && { session }),
    ...(agent !== undefined && { agent }),
    ...(type !== undefined && { type }),
    ...(subject !== undefined && { subject }),
    ...(runId !== undefined && { run: runId }),
    ...(from !== undefined && { fromMs: Date.parse(from) }),
    ...(to !== undefined && { toMs: Date.parse(to) }),
  };
}

const HEAD = {
  id: z.string(),
  kind: z.string(),
  type: z.string(),
  agent: z.string(),
  session: z.string().nullable(),
  runId: z.string().nullable(),
  subject: z.string().nullable(),
  occurredAt: z.iso.datetime(),
};

export const values = z.record(z.string(), anyJson).meta({ description: 'JSON pointer of a field → its value' });
export const entryHead = named('EntryHead', z.strictObject(HEAD));
export const entryItem = named('EntryItem', z.strictObject({ ...HEAD, fields: values.optional() }));
export const nextCursor = z.string().nullable().meta({ description: 'null on the last page' });

export const problem = named(
  'Problem',
  z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().meta({ description: 'stable; never renamed' }),
    field: z.string().optional().meta({ description: 'JSON pointer, header or query parameter that is wrong' }),
    expected: z.string().optional(),
    got: z.string().optional(),
    fix: z.string().optional(),
    retryAfter: z.number().optional().meta({ description: 'seconds' }),
  }),
);

export function headOf({ run, ...item }: ListItem): z.output<typeof entryHead> {
  const { id, kind, type, agent, session, subject, occurredAt } = item;
  return { id, kind, type, agent, session, runId: run, subject, occurredAt };
}

export const itemOf = (item: ListItem, fields?: ReadonlyMap<string, Json>): z.output<typeof entryItem> => ({
  ...headOf(item),
  ...(fields === undefined ? {} : { fields: Object.fromEntries(fields) }),
});
