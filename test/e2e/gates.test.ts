import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePolicy, type GatePolicy } from '../../dist/src/gate/index.js';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import { flips, restated } from './oracle.js';
import { AGENTS, BASELINE, openWorld, ROOT, type World } from './world.js';

/** What the gates name, against an oracle that knows the CSV and the three rules, and nothing of the agents. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8');
const file = join(ROOT, 'examples/underwriting/gates/underwriter.yaml');
const policy = parsePolicy(readFileSync(file, 'utf8'), file);
const SESSION = 'oracle';
let world: World;
let ids: ReadonlyMap<string, string>;
/** Where the irreversible tool writes, in this process and, if it were ever run there, in a re-run. */
let outbox: string;
let letters = 0;

const lettersNow = (): number =>
  existsSync(outbox) ? readFileSync(outbox, 'utf8').split('\n').filter(Boolean).length : 0;

beforeAll(async () => {
  outbox = join(mkdtempSync(join(tmpdir(), 'tenet-outbox-')), 'letters.jsonl');
  process.env['LETTER_OUTBOX'] = outbox;
  world = await openWorld({ agentEnv: { LETTER_OUTBOX: outbox } });
  ids = await world.record(csv, SESSION);
  letters += ids.size;
  for (const version of ['1.0.0', '1.0.1', '1.1.0', '1.0.2']) {
    await world.stack.serveAgent(join(AGENTS, `underwriter-${version}.js`));
  }
}, 120_000);

afterAll(async () => {
  await world?.stop();
  delete process.env['LETTER_OUTBOX'];
});

const gate = (candidate: string, over: Partial<GatePolicy> = {}): Promise<GateView> =>
  world.gate({ candidate, session: SESSION, policy: { ...policy, ...over } });

/** Decision ids of the frozen cohort, and the applicants behind them. */
async function cohortOf(view: GateView): Promise<ReadonlyMap<string, string>> {
  const cohort = view.candidateRun?.cohort;
  if (cohort === undefined) throw new Error('the gate has no cohort');
  const members = await world.stack.stores.cohorts.members(cohort.id, 0, cohort.size);
  const drawn = new Set(members.map((member) => member.decision));
  return new Map(
    [...ids].filter(([, decision]) => drawn.has(decision)).map(([applicant, decision]) => [decision, applicant]),
  );
}

const statusOf = (view: GateView, rule: string): string | undefined =>
  view.verdict?.rules.find((outcome) => outcome.rule === rule)?.status;

/** Flips named by the gate as applicants, and the oracle's, within the cohort. */
async function compareFlips(view: GateView, expected: ReadonlyMap<string, number>): Promise<void> {
  const cohort = await cohortOf(view);
  const named = new Set((view.verdict?.flips ?? []).map((decision) => cohort.get(decision)));
  const due = [...cohort.values()].filter((applicant) => expected.has(applicant));
  expect(named).toEqual(new Set(due));
  const money = due.reduce((sum, applicant) => sum + (expected.get(applicant) ?? 0), 0);
  expect(view.verdict?.stakeAtRisk).toBe(money);
}

describe('a gate names what the oracle names', () => {
  test('the baseline against itself passes at three seeds', async () => {
    for (const seed of [1, 2, 3]) {
      const view = await gate(BASELINE, { cohort: { ...policy.cohort, seed } });
      expect({ seed, status: view.status, flips: view.verdict?.flips }).toEqual({ seed, status: 'pass', flips: [] });
    }
  }, 120_000);

  test('new words alone pass, although most sentences were never seen', async () => {
    const view = await gate('underwriter@1.0.1');
    expect(view.status).toBe('pass');
    expect(view.verdict?.flips).toEqual([]);
    const cohort = await cohortOf(view);
    expect(cohort.size).toBeGreaterThanOrEqual(300);
    expect(await shareNeverSeen(view)).toBeGreaterThanOrEqual(0.9);
  }, 120_000);

  test('a relaxed rule fails, and exactly the oracle’s decisions and money are named', async () => {
    const view = await gate('underwriter@1.1.0');
    expect(view.status).toBe('fail');
    expect(statusOf(view, 'flipRate')).toBe('fail');
    await compareFlips(view, flips(csv, 'car', 36));
    for (const change of view.changes.filter(({ flip }) => flip)) expect(change.because.join(' ')).toMatch(/24 → 36/);
  }, 120_000);

  test('other reasons for the same outcomes fail: no flip, and the affected decisions are named', async () => {
    const view = await gate('underwriter@1.0.2');
    expect(view.verdict?.flips).toEqual([]);
    expect(view.status).toBe('fail');
    expect(statusOf(view, 'rationale')).toBe('fail');
    const named = new Set(view.verdict?.rules.find(({ rule }) => rule === 'rationale')?.decisions);
    await expectAffected(view, named);
  }, 120_000);

  test('with the term list emptied the same candidate still fails, on evidence alone', async () => {
    const view = await gate('underwriter@1.0.2', { rationale: { ...policy.rationale, forbidden: [] } });
    expect(view.status).toBe('fail');
    expect(statusOf(view, 'rationale')).toBe('fail');
    await expectAffected(view, new Set(view.verdict?.shifted));
  }, 120_000);

  test('a generated candidate with a seeded threshold and segment flips what the oracle says', async () => {
    const { purpose, months } = draw(20_261_124);
    const folder = mkdtempSync(join(AGENTS, 'generated-'));
    try {
      const entry = join(folder, 'candidate.js');
      writeFileSync(entry, candidateSource(purpose, months));
      await world.stack.serveAgent(entry);
      const view = await gate('underwriter@1.9.0');
      expect(view.status).not.toBe('inconclusive');
      await compareFlips(view, flips(csv, purpose, months));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);

  test('the same applicants in another order give the same flips', async () => {
    const [head = '', ...lines] = csv.trim().split('\n');
    const shuffled = [head, ...shuffle(lines, 7)].join('\n');
    const again = await world.record(shuffled, 'shuffled');
    const before = ids;
    letters += again.size;
    ids = again;
    try {
      const view = await world.gate({ candidate: 'underwriter@1.1.0', session: 'shuffled', policy });
      await compareFlips(view, flips(shuffled, 'car', 36));
    } finally {
      ids = before;
    }
  }, 120_000);

  test('a letter was sent for every recorded decision, and none by a re-run', () => {
    expect(letters).toBeGreaterThanOrEqual(2_000);
    expect(lettersNow()).toBe(letters);
  });
});

async function expectAffected(view: GateView, named: ReadonlySet<string>): Promise<void> {
  const cohort = await cohortOf(view);
  const { age, resale } = restated(csv);
  const isAffected = (applicant: string): boolean => age.has(applicant) || resale.has(applicant);
  const affected = [...cohort].filter(([, applicant]) => isAffected(applicant)).map(([decision]) => decision);
  const others = [...cohort].filter(([, applicant]) => !isAffected(applicant)).map(([decision]) => decision);
  const hits = affected.filter((decision) => named.has(decision)).length;
  const wrong = others.filter((decision) => named.has(decision)).length;
  expect(affected.length).toBeGreaterThan(30);
  expect(hits / affected.length).toBeGreaterThanOrEqual(0.9);
  expect(wrong / others.length).toBeLessThanOrEqual(0.06);
}

/** Share of the candidate's sentences that no control-arm run of the cohort contains. */
async function shareNeverSeen(view: GateView): Promise<number> {
  const sentences = async (runId: string | undefined): Promise<string[]> => {
    const run = await world.stack.stores.runs.get(runId ?? '');
    const found: string[] = [];
    if (run === null) return found;
    for await (const page of world.stack.stores.replay.load(run))
      for (const { row } of page) found.push(...(row?.reasoning ?? []));
    return found;
  };
  const seen = new Set(await sentences(view.control?.run));
  const said = await sentences(view.candidateRun?.run);
  return said.filter((sentence) => !seen.has(sentence)).length / said.length;
}

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function draw(seed: number): { purpose: string; months: number } {
  const next = random(seed);
  const purposes = ['car', 'radio/TV', 'furniture/equipment'];
  return { purpose: purposes[Math.floor(next() * purposes.length)] ?? 'car', months: 30 + Math.floor(next() * 3) * 6 };
}

function shuffle(lines: readonly string[], seed: number): string[] {
  const next = random(seed);
  return lines
    .map((line) => ({ line, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ line }) => line);
}

function candidateSource(purpose: string, months: number): string {
  return [
    `import { POLICY } from '../scorecard.js';`,
    `import { underwriter } from '../underwriter.js';`,
    `const policy = { ...POLICY, term: { limit: 24, segment: { purpose: ${JSON.stringify(purpose)}, limit: ${months} } } };`,
    `export const decide = underwriter({ version: '1.9.0', policy });`,
    '',
  ].join('\n');
}
