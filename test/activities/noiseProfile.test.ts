import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActivityDeps } from '../../activities/deps.js';
import { keepProfile, profileBasis, validProfiles } from '../../activities/noiseProfile.js';
import { planRun } from '../../activities/planning.js';
import { createStores, type RunRow, type Stores } from '../../src/db/index.js';
import { SCORER_VERSION, type NoiseProfile } from '../../src/drift/index.js';
import { PROFILE_DAYS, whyExpired } from '../../src/gate/index.js';
import { createBasisReader } from '../../src/replay/index.js';
import { cohortOf } from '../db/replaySupport.js';
import { testLedger, type TestLedger } from '../support/ledger.js';

/** How long a control arm and what was measured on it hold, on a real ledger. */
const DAY = 24 * 60 * 60 * 1000;
const scores = { semantic: [0.1, 0.25], structure: [0, 0], negation: [0, 0], number: [0, 0.5], entity: [0, 0] };
const profile: NoiseProfile = {
  v: 1,
  agent: 'underwriter@1.0.0',
  type: 'loan.approve',
  embedderId: 'lexical',
  scorerVersion: SCORER_VERSION,
  seed: 'underwriter@1.0.0',
  alpha: 0.05,
  decisions: 2,
  repeats: 3,
  mode: 'uncalibrated',
  scores,
  semanticFloor: 0.32,
  differentText: 0.5,
  differentOutcome: 0,
  idfDigest: 'idf',
};
const recorded = createBasisReader().basis();

let t: TestLedger;
let stores: Stores;
let deps: ActivityDeps;
let sequencer: { stop(): Promise<void> };
let today: Date;

beforeAll(async () => {
  t = await testLedger();
  stores = createStores(t.platform);
  sequencer = t.ledger.startSequencer({ intervalMs: 10 });
  deps = { platform: t.platform, stores, model: null, now: () => today } as ActivityDeps;
});
afterAll(async () => {
  await sequencer.stop();
  await t.drop();
});

async function controlArm(name: string): Promise<RunRow> {
  const cohort = cohortOf([`dec_${name}`]);
  await stores.cohorts.save(cohort, [{ decision: `dec_${name}`, stratum: 'all' }]);
  const policy = {
    model: 'tape',
    liveReads: false,
    randomness: 'fresh',
    timeoutMs: 1_000,
    maxResultBytes: 1_000,
  } as const;
  const lane = { lane: 'control', agent: 'underwriter@1.0.0', digest: 'd1', repeats: 3, policy } as const;
  return planRun(deps, { cohort, lane, budget: { maxCalls: null, maxCost: null } });
}

const entryOf = async (id: string) => (await t.ledger.readDecisions([id]))[0];

describe('a noise profile', () => {
  test('is signed with its digest, kept, and found again for its control arm as long as its basis stands', async () => {
    today = new Date();
    const run = await stores.runs.update((await controlArm('a')).id, { status: 'done' });
    const basis = profileBasis(run, 'lexical', recorded);
    const kept = await keepProfile(deps, run, basis, profile);
    expect(await keepProfile(deps, run, basis, profile)).toEqual(kept);
    const entry = await entryOf(kept.id);
    expect(entry?.entry).toMatchObject({ kind: 'profile', type: 'profile.fitted' });
    expect(entry?.entry.links).toEqual([{ rel: 'manifest', id: run.id }]);
    expect(entry?.fields.get('/digest')).toBe(kept.digest);
    expect(kept.expiresAt.getTime() - (run.finishedAt?.getTime() ?? 0)).toBe(PROFILE_DAYS * DAY);
    expect((await validProfiles(deps, run, basis)).map(({ id }) => id)).toEqual([kept.id]);
    for (const other of [{ embedder: 'minilm' }, { tools: 'others' }, { prompts: 'others' }, { code: 'd2' }])
      expect(await validProfiles(deps, run, { ...basis, ...other })).toEqual([]);
  });

  test('that a row no longer matches is refused', async () => {
    const id = (await stores.profiles.list(1))[0]?.id ?? '';
    await t.platform.db.sql(`update noise_profiles set profile = jsonb_set(profile, '{alpha}', '0.5') where id = $1`, [
      id,
    ]);
    await expect(stores.profiles.get(id)).rejects.toMatchObject({ code: 'ledger.disclosure' });
    await t.platform.db.sql(`update noise_profiles set profile = jsonb_set(profile, '{alpha}', '0.05') where id = $1`, [
      id,
    ]);
    expect((await stores.profiles.get(id))?.id).toBe(id);
  });

  test('ends when another embedder measures the same version, with an entry that says so; back again it is another one', async () => {
    const run = await controlArm('a');
    const basis = profileBasis(run, 'lexical', recorded);
    const [before] = await validProfiles(deps, run, basis);
    const other = await keepProfile(deps, run, { ...basis, embedder: 'minilm' }, { ...profile, embedderId: 'minilm' });
    expect((await stores.profiles.get(before?.id ?? ''))?.expired).toMatchObject({ why: 'embedder' });
    const ended = await entryOf((before?.id ?? '').replace('prf_', 'prx_'));
    expect(ended?.entry).toMatchObject({ type: 'profile.expired', links: [{ rel: 'profile', id: before?.id }] });
    expect(ended?.fields.get('/why')).toBe('embedder');
    const again = await keepProfile(deps, run, basis, profile);
    expect([before?.id, other.id]).not.toContain(again.id);
    expect((await validProfiles(deps, run, basis)).map(({ id }) => id)).toEqual([again.id]);
  });
});

describe('a control arm', () => {
  test('is shared for as long as a profile holds, then measured again', async () => {
    const first = await stores.runs.update((await controlArm('b')).id, { status: 'done' });
    const kept = await keepProfile(deps, first, profileBasis(first, 'lexical', recorded), profile);
    today = new Date((first.finishedAt?.getTime() ?? 0) + PROFILE_DAYS * DAY - 1);
    expect((await controlArm('b')).id).toBe(first.id);
    today = new Date(today.getTime() + 1);
    const second = await controlArm('b');
    expect(second.id).not.toBe(first.id);
    expect((await controlArm('b')).id).toBe(second.id);
    expect((await stores.profiles.get(kept.id))?.expired).toMatchObject({ why: 'age' });
    expect((await entryOf(kept.id.replace('prf_', 'prx_')))?.fields.get('/why')).toBe('age');
    expect(whyExpired({ ...kept, expired: null }, null, today)).toBe('age');
  });
});
