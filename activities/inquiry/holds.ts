import type { Json } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import { assertScope, entryIdOf, holdIdOf, parseStep, scopeSentence, type CaseHold } from '../../src/inquiry/index.js';
import type { NewEntry } from '../../src/ledger/index.js';
import { act, type StepContext, type StepWork } from './context.js';

/** The row first: from its commit on nothing in it is erased. What had been erased before is counted and told, not hidden. */
export async function hold(context: StepContext): Promise<StepWork> {
  const { deps, before, step, at } = context;
  const body = parseStep('hold', step.body);
  const query = body.query ?? before.scope?.query ?? null;
  if (query === null) {
    throw new AppError('input.invalid', 'the case has no scope yet: say what is to be held', {
      field: 'scope',
      fix: 'give --subject, --agent, --session, --from and --to, or --decision',
    });
  }
  assertScope(query);
  const id = holdIdOf(step.id);
  const placed = { id, inquiry: before.id, query, reason: body.reason, by: step.by, at, entry: id };
  const { entries, erased } = await deps.stores.holds.place(placed);
  if (entries === 0) {
    await deps.stores.holds.release(id, step.by, at, entryIdOf(step.id));
    throw new AppError('inquiry.scope_empty', `no record fits: ${scopeSentence(query)}`, {
      field: 'scope',
      fix: 'see what there is: tenet decision list',
    });
  }
  const record: CaseHold = { ...act(context), hold: id, query, reason: body.reason, entries, erased, released: null };
  const fields = { '/hold/id': id, '/hold/entries': entries, '/hold/erasedBefore': erased };
  return {
    outcome: 'done',
    type: 'inquiry.held',
    patch: { holds: [...before.holds, record] },
    fields,
    links: [{ rel: 'hold', id }],
    entries: [
      holdEntry(id, 'hold.placed', before.id, at, {
        ...fields,
        '/hold/query': query as unknown as Json,
        '/hold/reason': body.reason,
        '/hold/by': step.by,
      }),
    ],
    result: { hold: id, entries, erased },
  };
}

export async function release(context: StepContext): Promise<StepWork> {
  const { before, step } = context;
  const { reason } = parseStep('release', step.body);
  const { holds, entries, released } = await releaseAll(context, reason);
  if (released.length === 0) {
    throw new AppError('inquiry.state', 'the case has no hold in force', {
      field: 'hold',
      fix: `tenet inquiry show ${before.id}`,
    });
  }
  return {
    outcome: 'done',
    type: 'inquiry.released',
    patch: { holds },
    fields: { '/hold/released': released, '/hold/reason': reason },
    entries,
    result: { released },
  };
}

/** Every hold of the case that is in force, ended by a named person. The entry comes before the row, so no release is unsaid. */
export async function releaseAll(context: StepContext, reason: string) {
  const { deps, before, step, at } = context;
  const done = act(context);
  const open = before.holds.filter(({ released }) => released === null);
  const entries = open.map(({ hold: id }) =>
    holdEntry(`${id}.released`, 'hold.released', before.id, at, {
      '/hold/id': id,
      '/hold/reason': reason,
      '/hold/by': step.by,
    }),
  );
  await deps.platform.ledger.append(entries);
  for (const { hold: id } of open) await deps.stores.holds.release(id, step.by, at, `${id}.released`);
  const holds = before.holds.map((one) => (one.released === null ? { ...one, released: done } : one));
  return { holds, entries, released: open.map(({ hold: id }) => id) };
}

function holdEntry(
  id: string,
  type: string,
  inquiry: string,
  at: string,
  fields: Readonly<Record<string, Json>>,
): NewEntry {
  return {
    kind: 'hold',
    type,
    id,
    links: [{ rel: 'inquiry', id: inquiry }],
    fields: Object.entries(fields).map(([path, value]) => ({ path, value })),
    occurredAt: at,
  };
}
