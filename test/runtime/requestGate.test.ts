import { expect, test } from 'vitest';
import type { GateRow, NewGate } from '../../src/db/index.js';
import { parsePolicy } from '../../src/gate/index.js';
import { requestGate, type GateRequest } from '../../src/runtime/index.js';

/** The identity of a gate: what changes the verdict changes the gate, and an inconclusive end is not for ever. */
const policy = parsePolicy('version: 1\nname: p\nagent: a\ntype: t\n', 'p.yaml');
const request: GateRequest = {
  repository: 'acme/lending',
  policy,
  baseline: 'a@1',
  candidate: 'a@2',
  session: null,
  digests: ['11', '22'],
  judgedBy: 'scorer minilm weights no live model',
};

function keptInMemory() {
  const rows = new Map<string, GateRow>();
  return {
    rows,
    gates: {
      get: async (id: string) => rows.get(id) ?? null,
      save: async (gate: NewGate) => {
        rows.set(gate.id, { status: 'pending', ...gate } as unknown as GateRow);
        return rows.get(gate.id) as GateRow;
      },
    },
  };
}

const ask = (store: ReturnType<typeof keptInMemory>, over: Partial<GateRequest> = {}): Promise<GateRow> =>
  requestGate({ tenant: 'local' }, store as never, { ...request, ...over });

test('the same inputs are the same gate', async () => {
  const store = keptInMemory();
  expect((await ask(store)).id).toBe((await ask(store)).id);
  expect(store.rows.size).toBe(1);
});

test.each([
  ['another candidate', { candidate: 'a@3' }],
  ['changed code', { digests: ['11', '33'] as const }],
  ['another session', { session: 's' }],
  ['another policy', { policy: { ...policy, maxFlipRate: 0.01 } }],
  ['another repository', { repository: 'acme/other' }],
  ['another embedder or live model', { judgedBy: 'scorer lexical  no live model' }],
])('%s is another gate', async (_, over) => {
  const store = keptInMemory();
  expect((await ask(store, over)).id).not.toBe((await ask(store)).id);
});

test('an inconclusive gate is tried again under the next attempt, one that passed is not', async () => {
  const store = keptInMemory();
  const first = await ask(store);
  store.rows.set(first.id, { ...first, status: 'inconclusive' });
  const second = await ask(store);
  expect([second.id === first.id, second.attempt]).toEqual([false, 2]);
  store.rows.set(second.id, { ...second, status: 'pass' });
  expect((await ask(store)).id).toBe(second.id);
});

test('another commit of one repository is the same gate, and the first one is named', async () => {
  const store = keptInMemory();
  const first = await ask(store, { revision: 'c0ffee' });
  expect(first).toMatchObject({ repository: 'acme/lending', revision: 'c0ffee' });
  expect((await ask(store, { revision: 'decaf' })).id).toBe(first.id);
});
