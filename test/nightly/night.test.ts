import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decisionId } from '@tenet-ledger/record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFinding, type DriftSchedule, type Finding } from '../../dist/src/nightly/index.js';
import {
  addSchedule,
  backfillSchedule,
  listSchedules,
  pauseSchedule,
  removeSchedule,
  resumeSchedule,
  runComparison,
  runScan,
  type ServedAgent,
} from '../../dist/src/runtime/index.js';
import { verifyWebhook } from '../../dist/src/alerts/index.js';
import { mailReceiver, webhookReceiver, type MailReceiver, type WebhookReceiver } from '../alerts/receivers.js';
import { AGENTS, openWorld, ROOT, type World } from '../e2e/world.js';

/** Nights over real services: what is recorded, re-run, found, signed and told. */
const csv = readFileSync(join(ROOT, 'examples/underwriting/applicants.csv'), 'utf8').split('\n');
const DECISIONS = 90;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

const spec: DriftSchedule = {
  v: 1,
  name: 'underwriting',
  agent: 'underwriter',
  type: 'loan.approve',
  at: '02:00',
  timezone: 'Europe/Berlin',
  size: DECISIONS,
  repeats: 2,
  model: 'tape',
  liveReads: false,
  timeoutMs: 5_000,
  alpha: 0.01,
  maxCalls: null,
  maxCost: null,
};

let world: World;
let hook: WebhookReceiver;
let mail: MailReceiver;
let served: ServedAgent;
let schedule: string;
/** Closes after the first session is in the log. */
let first: Date;

/** Records the first rows by an agent that says it is the version in production; `approveUpTo` is what it really does. */
async function record(
  session: string,
  options: { readonly run: string; readonly approveUpTo?: number },
): Promise<void> {
  const { ghost } = await import('../../packages/ghost/dist/index.js');
  const { parseApplicants } = await import('../../dist/examples/underwriting/applicants.js');
  const { underwriter } = await import('../../dist/examples/underwriting/underwriter.js');
  const { POLICY } = await import('../../dist/examples/underwriting/scorecard.js');
  const { stores, services, platform, apiUrl } = world.stack;
  const { apiKey: token } = await stores.apiKeys.mint({ scopes: ['enrol'], label: session, singleUse: true });
  const keyFile = join(services.folder.dir, 'keys', 'producers', `${session}.pem`);
  const identity = await ghost.enrol({ endpoint: apiUrl, token, keyFile });
  ghost.configure({ ...identity, session, lineage: { run: options.run } });
  const decide = underwriter({
    version: '1.0.0',
    policy: { ...POLICY, approveUpTo: options.approveUpTo ?? POLICY.approveUpTo },
  });
  const { applicants } = parseApplicants(csv.slice(0, DECISIONS + 1).join('\n'));
  for (const applicant of applicants) await decide(applicant);
  const { pending } = await ghost.flush({ timeout: 60_000 });
  expect(pending).toBe(0);
  const of = { tenant: platform.tenant, agent: 'underwriter', version: '1.0.0', session };
  await platform.ledger.waitLogged(
    applicants.map(({ id: key }) => decisionId({ ...of, key })),
    { timeoutMs: 60_000 },
  );
}

async function findingOf(scanId: string): Promise<Finding> {
  const [view] = await world.stack.platform.ledger.readDecisions([scanId]);
  const finding = view === undefined ? null : readFinding(view.fields);
  if (finding === null) throw new Error(`no finding ${scanId}`);
  return finding;
}

async function scanAt(at: Date): Promise<{ outcome: Awaited<ReturnType<typeof runScan>>; finding: Finding }> {
  const outcome = await runScan(world.stack, schedule, at);
  return { outcome, finding: await findingOf(outcome.scanId) };
}

const statusOf = (finding: Finding): Record<string, string> =>
  Object.fromEntries(finding.signals.map(({ name, status }) => [name, status]));

beforeAll(async () => {
  [hook, mail] = await Promise.all([webhookReceiver(), mailReceiver()]);
  world = await openWorld({
    env: {
      TENET_AGENT_AVAILABLE_WITHIN_MS: '2000',
      TENET_ALERTS_OWNER: 'risk-desk',
      TENET_ALERTS_SMTP_URL: mail.url,
      TENET_ALERTS_MAIL_FROM: 'tenet@example.com',
      TENET_ALERTS_MAIL_TO: 'risk@example.com',
      TENET_ALERTS_WEBHOOK_URL: hook.url,
      TENET_ALERTS_WEBHOOK_SECRET: SECRET,
      TENET_ALERTS_TIMEOUT_MS: '500',
    },
  });
  await record('night-1', { run: 'pipeline-1' });
  served = await world.stack.serveAgent(join(AGENTS, 'underwriter-1.0.0.js'));
  schedule = (await addSchedule(world.stack, spec, 'test')).id;
  first = new Date();
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await Promise.all([hook?.stop(), mail?.stop()]);
});

describe('a night', () => {
  test('in which nothing changed has one signed finding that says so', async () => {
    const { outcome, finding } = await scanAt(first);
    expect(outcome).toMatchObject({ status: 'no-evidence', computed: 'first', deliveries: [] });
    expect(finding).toMatchObject({
      decisions: DECISIONS,
      agent: 'underwriter@1.0.0',
      model: 'tape',
      inconclusive: null,
    });
    expect(finding.rerun).toMatchObject({ drawn: DECISIONS, compared: DECISIONS, mismatches: 0 });
    expect(statusOf(finding)).toMatchObject({
      'rerun-flips': 'no-evidence',
      'rerun-reasons': 'no-evidence',
      mix: 'not-judged',
      coverage: 'no-evidence',
      canary: 'not-judged',
    });
  });

  test('that is computed again, once or by two at once, is the same bit for bit and has one finding', async () => {
    const before = await findingOf((await runScan(world.stack, schedule, first)).scanId);
    const [a, b] = await Promise.all([scanAt(first), scanAt(first)]);
    expect([a.outcome.computed, b.outcome.computed]).toEqual(['same', 'same']);
    expect(a.finding).toEqual(before);
    const findings = await world.stack.platform.ledger.listDecisions({ kind: 'drift', type: 'drift.finding' });
    expect(findings.ids).toEqual([a.outcome.scanId]);
  });

  test('whose agent is no longer served ends inconclusive, is told, and is judged when it is served again', async () => {
    await record('night-2', { run: 'pipeline-2' });
    await served.stop();
    hook.answers.push('hang', 500);
    const at = new Date();
    const absent = await scanAt(at);
    expect(absent.finding).toMatchObject({ status: 'inconclusive', inconclusive: { code: 'agent.not_available' } });
    expect(absent.outcome.deliveries).toHaveLength(2);
    served = await world.stack.serveAgent(join(AGENTS, 'underwriter-1.0.0.js'));
    const again = await scanAt(at);
    expect(again.finding).toMatchObject({ attempt: 2, status: 'no-evidence' });
    expect(again.outcome.scanId).not.toBe(absent.outcome.scanId);
    await until(async () => mail.mails.length === 1);
    expect(mail.mails[0]?.text).toContain('is no longer served');
  }, 60_000);

  test('in which the agent decided otherwise than its code does is a shift, and each signal of it an alert', async () => {
    await record('night-3', { run: 'pipeline-3', approveUpTo: 0 });
    const { outcome, finding } = await scanAt(new Date());
    expect(outcome.status).toBe('shift');
    expect(statusOf(finding)['rerun-flips']).toBe('shift');
    expect(finding.rerun?.directions[0]?.p).toBeLessThan(0.01);
    const open = await world.stack.stores.alerts.list({ all: false, limit: 50 });
    expect(open.map(({ key }) => key)).toContain(`${schedule} rerun-flips`);
    expect(open.every(({ owner }) => owner === 'risk-desk')).toBe(true);
    expect(JSON.stringify(open)).not.toMatch(/approve|decline|refer\b/);
  }, 60_000);
});

describe('an alert', () => {
  test('whose receiver hangs, then fails, is delivered by a later try under one id and a valid signature', async () => {
    // Other alerts go to the same receiver: what counts is that the first one came again.
    const tries = () =>
      hook.received.filter(({ headers }) => headers['webhook-id'] === hook.received[0]?.headers['webhook-id']);
    await until(async () => hook.received.length >= 3 && tries().length >= 2, 30_000);
    const same = tries();
    const last = same.at(-1);
    const headers = Object.fromEntries(
      ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [name, String(last?.headers[name])]),
    ) as unknown as Parameters<typeof verifyWebhook>[1];
    expect(verifyWebhook(SECRET, headers, last?.body ?? '', new Date())).toBe(true);
  }, 45_000);

  test('of the same trouble is the same one until it is resolved, and what became of it is in the log', async () => {
    const { alerts } = world.stack.stores;
    const [known] = await alerts.list({ all: false, limit: 1 });
    if (known === undefined) throw new Error('no alert');
    const again = { ...known, cause: 'drf_another' };
    expect(await alerts.raise(again)).toMatchObject({ alert: { id: known.id }, opened: false, repeated: true });
    expect(await alerts.raise(again)).toMatchObject({ alert: { id: known.id }, opened: false, repeated: false });
    await alerts.acknowledge(known.id, 'issuer#ann', 'issuer#ann', new Date());
    const end = { by: 'issuer#ann', disposition: 'confirmed', reason: 'policy', at: new Date() } as const;
    expect(await alerts.resolve(known.id, end)).toMatchObject({ status: 'resolved', causes: 2 });
    expect(await alerts.resolve(known.id, end)).toBeNull();
    expect(await alerts.raise({ ...known, cause: 'drf_later' })).toMatchObject({ opened: true });
    const entries = await world.stack.platform.ledger.listDecisions({ kind: 'drift', type: 'alert.raised' });
    expect(entries.ids).toContain(known.id);
  });
});

describe('a schedule', () => {
  test('backfills nights by their scheduled start, one finding each, the same when it is done again', async () => {
    const nights = await backfillSchedule(
      world.stack,
      spec.name,
      { from: '2026-03-28', until: '2026-03-30', by: 'test' },
      new Date(),
    );
    expect(nights.map((night) => night.toISOString())).toEqual([
      '2026-03-28T01:00:00.000Z',
      '2026-03-30T00:00:00.000Z',
    ]);
    const rows = async () =>
      (await world.stack.stores.scans.list(schedule, 50)).filter(
        ({ at, entryId }) => entryId !== null && nights.some((night) => night.getTime() === at.getTime()),
      );
    await until(async () => (await rows()).length === 2, 30_000);
    const before = await rows();
    expect(before.map(({ summary }) => summary?.code)).toEqual(['drift.too_few', 'drift.too_few']);
    const finding = await findingOf(before[0]?.id ?? '');
    expect(finding.window).toMatchObject({ opens: '2026-03-28T01:00:00.000Z', closes: '2026-03-30T00:00:00.000Z' });
    expect((await runScan(world.stack, schedule, nights[0] ?? new Date())).computed).toBe('same');
  }, 60_000);

  test('is listed, paused, resumed and removed, and another one under its name is refused', async () => {
    await expect(addSchedule(world.stack, { ...spec, size: 50 }, 'test')).rejects.toMatchObject({
      details: { field: '--name' },
    });
    expect((await addSchedule(world.stack, spec, 'test')).id).toBe(schedule);
    await pauseSchedule(world.stack, spec.name, 'test');
    expect(await listSchedules(world.stack)).toMatchObject([{ status: 'paused', timed: true }]);
    await resumeSchedule(world.stack, spec.name, 'test');
    const [listed] = await listSchedules(world.stack);
    expect(listed?.next[0]?.toISOString()).toMatch(/T01:00:00\.000Z$/);
    await removeSchedule(world.stack, spec.name, 'test');
    expect(await listSchedules(world.stack)).toEqual([]);
    const { ids } = await world.stack.platform.ledger.listDecisions({ kind: 'run', type: 'schedule.removed' });
    expect(ids).toHaveLength(1);
  }, 60_000);
});

describe('two pipeline runs', () => {
  const request = { agent: null, type: null, key: null, alpha: 0.05 };

  test('over the same cases are paired by the business key that the ids prove, and show no evidence where nothing changed', async () => {
    const same = await runComparison(world.stack, { ...request, run: 'pipeline-2', against: 'pipeline-1' });
    expect(same.verdict).toBe('no-evidence');
    const [view] = await world.stack.platform.ledger.readDecisions([same.entry]);
    expect(view?.fields.get('/key')).toEqual({ pointer: '/context/inputs/id', proved: true });
    expect(view?.fields.get('/outcomes')).toMatchObject({ compared: DECISIONS, flips: 0 });
  }, 60_000);

  test('of which one decided otherwise is a shift with its direction', async () => {
    const other = await runComparison(world.stack, { ...request, run: 'pipeline-3', against: 'pipeline-1' });
    expect(other.verdict).toBe('shift');
  }, 60_000);

  test.each([
    [{ run: 'none' }, 'not_found', '--run'],
    [{ key: '/context/inputs/purpose/x' }, 'input.invalid', '--against'],
  ])('%o is refused with what is wrong', async (over, code, field) => {
    const bad = runComparison(world.stack, { ...request, run: 'pipeline-2', against: 'pipeline-1', ...over });
    await expect(bad).rejects.toMatchObject({ code, details: { field } });
  });
});

async function until(holds: () => Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it did not come to hold');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
