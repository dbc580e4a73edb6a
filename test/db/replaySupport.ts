import { createHash } from 'node:crypto';
import type { Entry, Json, TapeEntry } from '@tenet-ledger/record';
import { createStores, createTenant, type Db, type RunRow } from '../../src/db/index.js';
import type { DecisionView, KeyStore, SubjectKey } from '../../src/ledger/index.js';
import {
  buildRunManifest,
  cohortHash,
  contentId,
  type CohortManifest,
  type LaneName,
  type LanePolicy,
  type ReplayResult,
  type RunManifest,
} from '../../src/replay/index.js';

export const DIGEST = 'a'.repeat(64);
export const POLICY: LanePolicy = {
  model: 'tape',
  liveReads: false,
  randomness: 'fresh',
  timeoutMs: 1_000,
  maxResultBytes: 65_536,
};

/** A key per (tenant, subject) in memory. */
export function memoryKeyStore(): KeyStore & { keyIdOf(tenant: string, subject: string): string } {
  const keys = new Map<string, Uint8Array>();
  const keyIdOf = (tenant: string, subject: string): string => `key_${tenant}_${subject || 'own'}`;
  return {
    keyIdOf,
    async ensure(tenant, subjects) {
      const out = new Map<string, SubjectKey>();
      for (const subject of subjects) {
        const keyId = keyIdOf(tenant, subject);
        const key = keys.get(keyId) ?? createHash('sha256').update(keyId).digest();
        keys.set(keyId, key);
        out.set(subject, { keyId, key });
      }
      return out;
    },
    get: async (keyId) => keys.get(keyId) ?? null,
    destroy: async (keyId) => keys.delete(keyId),
  };
}

export const call = (n: number, key: string, result: Json): TapeEntry => ({
  v: 1,
  n,
  kind: 'tool',
  name: 'credit_bureau.lookup',
  effect: 'read',
  key,
  args: { id: key },
  result,
  startedMs: n,
  durMs: 1,
});

export function view(id: string, fields: Record<string, Json>, erased = false): DecisionView {
  const entry: Entry = {
    v: 1,
    log: 'ledger.test/acme',
    kind: 'decision',
    type: 'loan.approve',
    id,
    agent: 'underwriter@1.0.0',
    links: [],
    producer: { id: 'p1', kid: 'k1', seq: 1 },
    occurred_at: '2026-11-24T10:00:00.000Z',
    fields: Object.fromEntries(Object.keys(fields).map((path) => [path, 'digest'])),
  };
  return { id, idx: 0, entry, fields: new Map(erased ? [] : Object.entries(fields)), erased };
}

export const recorded = (input: Json, tape: readonly TapeEntry[] = []): Record<string, Json> => ({
  '/intent/goal': 'decide',
  '/context/inputs': input,
  '/reasoning/0': 'because the recorded reason',
  '/alternatives': [],
  '/decision/outcome': 'approved',
  ...Object.fromEntries(tape.map((entry) => [`/tape/${String(entry.n).padStart(4, '0')}`, entry as unknown as Json])),
});

export const done = (decision: string, more: Partial<ReplayResult> = {}): ReplayResult => ({
  decision,
  status: 'done',
  outcome: 'approved',
  confidence: 0.5,
  reasoning: ['savings are high'],
  alternatives: [],
  proposedActions: [],
  calls: { served: 1, run: 0, refused: 0, model: 0 },
  usage: { promptTokens: 0, completionTokens: 0, cost: 0 },
  refusal: null,
  liveCalls: [],
  findings: [],
  durMs: 1.5,
  ...more,
});

/** Named by its content, so that the same decisions are the same cohort. */
export function cohortOf(decisions: readonly string[]): CohortManifest {
  const size = decisions.length;
  return {
    id: contentId('coh_', decisions),
    hash: cohortHash(decisions),
    size,
    population: size,
    seed: 1,
    baseline: 'underwriter@1.0.0',
    type: 'loan.approve',
    session: null,
    strata: [{ stratum: 'all', population: size, drawn: size }],
  };
}

export interface RunSetup {
  readonly lane?: LaneName;
  readonly agent?: string;
  readonly repeats?: number;
  readonly policy?: Partial<LanePolicy>;
  readonly budget?: RunManifest['budget'];
  readonly controlRun?: string;
  readonly attempt?: number;
}

export type Fixture = Awaited<ReturnType<typeof openStores>>;

/** A tenant with stores over a real database; decisions come from `views`, their keys from `disclosures` rows. */
export async function openStores(db: Db, tenant: string, leaseWaitMs = 0) {
  const keyStore = memoryKeyStore();
  const views = new Map<string, DecisionView>();
  await createTenant(db, tenant, {
    log: `ledger.test/${tenant}`,
    origin: `ledger.test/${tenant}/1`,
    rootKey: new Uint8Array(32),
  });
  const ledger = { readDecisions: async (ids: readonly string[]) => ids.flatMap((id) => views.get(id) ?? []) };
  const stores = createStores({ db, tenant, keyStore, ledger, leaseWaitMs });

  const addDecision = async (id: string, fields: Record<string, Json>, subject = ''): Promise<void> => {
    views.set(id, view(id, fields));
    const keyId = (await keyStore.ensure(tenant, [subject])).get(subject)?.keyId;
    await db.sql('insert into disclosures (tenant, entry_id, key_id, sealed) values ($1, $2, $3, $4)', [
      tenant,
      id,
      keyId,
      Buffer.from('sealed'),
    ]);
  };
  return { stores, keyStore, views, addDecision, tenant };
}

/** Freezes the cohort and plans a signed run over it. */
export async function startRun(
  { stores, tenant }: Pick<Fixture, 'stores' | 'tenant'>,
  decisions: readonly string[],
  setup: RunSetup = {},
): Promise<RunRow> {
  const { lane = 'candidate', agent = 'underwriter@1.1.0', repeats = 1, budget, controlRun, attempt } = setup;
  const cohort = cohortOf(decisions);
  const manifest = buildRunManifest({
    tenant,
    cohort,
    lane: { lane, agent, digest: DIGEST, repeats, policy: { ...POLICY, ...setup.policy } },
    ...(budget === undefined ? {} : { budget }),
    ...(attempt === undefined ? {} : { attempt }),
  });
  await stores.cohorts.save(
    cohort,
    decisions.map((decision) => ({ decision, stratum: 'all' })),
  );
  const { run } = await stores.runs.save({
    manifest,
    entryId: manifest.run,
    ...(controlRun === undefined ? {} : { controlRun }),
  });
  return run;
}
