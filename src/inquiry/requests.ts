import { canonicalize, sha256, toBase32, utf8 } from '@tenet-ledger/record';
import { z } from 'zod';
import { AppError } from '../errors/index.js';
import { isCivilDate, isTimeZone } from './clock/dates.js';
import { GROUNDS } from './redaction.js';
import { MAX_NAMED } from './scope.js';
import type { StepKind } from './stages.js';

// What people may ask for, checked once at the edge. Texts are bounded: they become fields of signed entries.

const line = (max: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters');
const civil = z.string().refine(isCivilDate, 'a day as YYYY-MM-DD');
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'an instant as YYYY-MM-DDThh:mm:ss.sssZ');
const id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'an id');
const reason = line(2_000);

export const openRequest = z.strictObject({
  regime: line(64),
  authority: line(200),
  contact: line(200).nullable(),
  reference: line(200).nullable(),
  legalBasis: line(400).nullable(),
  channel: line(100),
  authenticated: line(400).nullable(),
  receivedOn: civil,
  statedOn: civil.nullable(),
  timeZone: z.string().max(64).refine(isTimeZone, 'a time zone of the IANA database, Europe/Berlin'),
  questions: z.array(line(2_000)).max(50),
});
export type OpenRequest = z.infer<typeof openRequest>;

export const scopeQuery = z.strictObject({
  v: z.literal(1),
  subject: id.nullable(),
  agent: line(200).nullable(),
  type: line(200).nullable(),
  session: line(400).nullable(),
  from: instant.nullable(),
  to: instant.nullable(),
  decisions: z.array(id).max(MAX_NAMED).nullable(),
});

const redaction = z.strictObject({
  path: z.string().regex(/^(\/[^/]+)+$/, 'a field as /context/inputs'),
  ground: z.enum(GROUNDS),
  reason,
  entry: id.nullable(),
});

const STEPS = {
  /** null: the scope of the case. */
  hold: z.strictObject({ query: scopeQuery.nullable(), reason }),
  release: z.strictObject({ reason }),
  extend: z.strictObject({ reason, statedOn: civil.nullable() }),
  scope: z.strictObject({ query: scopeQuery, reason: reason.nullable() }),
  /** Versions that re-run the decisions: the one that decided them as then, another one as today. */
  collect: z.strictObject({
    replays: z.array(z.strictObject({ agent: line(200), model: z.enum(['tape', 'live']) })).max(4),
    /** Hard stops of each re-run that makes live calls. */
    budget: z
      .strictObject({ maxCalls: z.int().positive().nullable(), maxCost: z.number().positive().nullable() })
      .optional(),
  }),
  review: z.strictObject({ redactions: z.array(redaction).max(500), note: reason.nullable() }),
  approve: z.strictObject({ approval: id }),
  package: z.strictObject({}),
  deliver: z.strictObject({
    to: line(200),
    channel: line(200),
    outcome: z.enum(['accepted', 'refused']),
    note: reason.nullable(),
  }),
  close: z.strictObject({ reason, keepHold: z.boolean() }),
  reopen: z.strictObject({ reason }),
  withdraw: z.strictObject({ reason, keepHold: z.boolean() }),
} as const satisfies Record<StepKind, z.ZodType>;

export type StepBody<K extends StepKind> = z.infer<(typeof STEPS)[K]>;

export const parseOpen = (value: unknown): OpenRequest => parsed(openRequest, value);

export const parseStep = <K extends StepKind>(kind: K, value: unknown): StepBody<K> =>
  parsed(STEPS[kind] as unknown as z.ZodType<StepBody<K>>, value);

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AppError('input.invalid', `${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'does not fit'}`, {
    field: `/${issue?.path.join('/') ?? ''}`,
    ...(issue?.message === undefined ? {} : { expected: issue.message }),
  });
}

const DIGITS = 26;

const idOf = (prefix: string, content: unknown): string =>
  prefix + toBase32(sha256(utf8(canonicalize(content))), DIGITS);

/** The same letter, opened by the same person on the same day of receipt, is the same case. */
export const inquiryId = (tenant: string, request: OpenRequest, by: string): string =>
  idOf('inq_', [tenant, request, by]);

/** `attempt` rises after a failure alone: what failed may be asked for again. */
export const stepId = (step: {
  readonly inquiry: string;
  readonly rev: number;
  readonly kind: StepKind;
  readonly by: string;
  readonly body: unknown;
  readonly attempt: number;
}): string => idOf('stp_', step);

/** The entry of a step, and the hold that a step places, are named by the step: twice is once. */
export const entryIdOf = (step: string): string => step.replace(/^stp_/, 'rep_');
export const holdIdOf = (step: string): string => step.replace(/^stp_/, 'hld_');
