import { canonicalize, sha256, toHex, utf8, type Json } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import { scopeSentence, type Collection } from '../../src/inquiry/index.js';
import { act, OPERATOR, type StepContext, type StepWork } from './context.js';
import type { CollectedIds } from './items.js';
import { signReplays } from './replayResults.js';

/**
 * Freezes what the package will be about: the decisions in scope and what links to them, under one size of the tree. Results of
 * re-runs are signed before that size is taken, so that one checkpoint covers everything.
 */
export async function collect(context: StepContext): Promise<StepWork> {
  const { deps, before } = context;
  const { scope } = before;
  if (scope === null) throw new Error('scoped, and no scope');
  const replays = await signReplays(context);
  const head = await deps.platform.ledger.latestCheckpoint();
  if (head === null)
    throw new AppError('ledger.pending', 'the log has no checkpoint yet', { fix: 'try again in a moment' });
  const found = await deps.stores.scopes.decisions(scope.query, head.size);
  if (found.length === 0)
    throw new AppError('inquiry.scope_empty', `no decision fits: ${scopeSentence(scope.query)}`, { field: 'scope' });
  const decisions = found.map(({ id }) => id);
  const collected: CollectedIds = {
    decisions,
    erased: found.filter(({ erased }) => erased).map(({ id }) => id),
    linked: await deps.stores.scopes.linked(decisions, head.size),
    queued: await deps.stores.scopes.queued(),
  };
  const digest = collectionDigest(scope.digest, head.size, collected);
  const collection: Collection = {
    ...act(context),
    digest,
    size: head.size,
    decisions: decisions.length,
    linked: collected.linked.length,
    erased: collected.erased.length,
    runs: replays.runs,
    resultsEntry: replays.entry,
  };
  return {
    outcome: 'done',
    type: 'inquiry.collected',
    patch: { collection },
    fields: {
      '/collection/digest': digest,
      '/collection/size': head.size,
      '/collection/decisions': decisions.length,
      '/collection/linked': collected.linked.length,
      '/collection/erased': collected.erased.length,
      '/collection/queued': collected.queued,
      '/collection/runs': replays.runs as unknown as Json,
      '/scope/digest': scope.digest,
    },
    links: replays.entry === null ? [] : [{ rel: 'results', id: replays.entry }],
    custody: {
      action: 'collected',
      item: digest,
      from: OPERATOR,
      to: OPERATOR,
      purpose: 'collection under the saved scope',
    },
    result: { decisions: decisions.length, size: head.size, collected: collected as unknown as Json },
  };
}

/** hex SHA-256 over what was found and where: the same scope over the same tree gives the same. */
export function collectionDigest(scope: string, size: number, { decisions, linked }: CollectedIds): string {
  const content = { v: 1, scope, size, decisions, linked: linked.map(({ id }) => id) };
  return toHex(sha256(utf8(canonicalize(content))));
}
