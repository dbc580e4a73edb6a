import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { toolsDir } from '../support/toolsDir.js';
import { junitProblems } from '../gate/junitSchema.js';
import { openWorld, ROOT, type World } from './world.js';

/** What a CI job runs, run: the very script of action.yml and the commands of the GitLab example, on a platform with a live model. */
const DECISIONS = 40;
const CONTROL = 3;
const FIXTURES = join(import.meta.dirname, 'fixtures');
const PRICES = { pricePrompt: 2, priceCompletion: 8 };
const TENET = `${process.execPath} ${join(ROOT, 'bin/tenet.js')}`;

let server: ModelServer;
let world: World;
let folder: string;
let env: NodeJS.ProcessEnv;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bash(script: string, more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], { cwd: ROOT, env: { ...env, ...more } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

const policyText = (name: string): string => `
version: 1
name: ${name}
agent: worded
type: worded
cohort: { size: ${DECISIONS}, seed: 1 }
repeats: { control: ${CONTROL}, candidate: 1 }
maxFlipRate: 10 %
rationale: { maxShift: 100 % }
lanes: { model: live, timeoutMs: 20000 }
`;

function policyFile(name: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, policyText(name));
  return file;
}

/** A job of its own: the files that the runner names, and a folder for results. */
function job(
  name: string,
): NodeJS.ProcessEnv & Readonly<Record<'RESULTS' | 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY', string>> {
  const own = join(folder, name);
  mkdirSync(own, { recursive: true });
  const files = { GITHUB_OUTPUT: join(own, 'output'), GITHUB_STEP_SUMMARY: join(own, 'summary.md') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  return { ...files, RESULTS: join(own, 'results'), GITHUB_WORKSPACE: folder };
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

beforeAll(async () => {
  let calls = 0;
  server = await startModelServer({
    respond({ body }) {
      const lines = (body['messages'] as readonly { content: string }[]).at(-1)?.content.split('\n').slice(1) ?? [];
      calls += 1;
      return { content: lines.map((line, at) => ((calls + at) % 3 === 0 ? `The case: ${line}` : line)).join('\n') };
    },
  });
  const endpoint = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'test' };
  process.env['OPENAI_BASE_URL'] = server.url;
  world = await openWorld({ agentEnv: endpoint, model: { baseUrl: server.url, apiKey: 'test', ...PRICES } });
  folder = join(world.stateDir, 'ci');
  mkdirSync(folder);
  env = {
    ...process.env,
    ...endpoint,
    TENET_STATE_DIR: world.stateDir,
    TENET_TOOLS_DIR: toolsDir,
    TENET_OPENAI_PRICE_PROMPT: String(PRICES.pricePrompt),
    TENET_OPENAI_PRICE_COMPLETION: String(PRICES.priceCompletion),
    TENET,
    GITHUB_REPOSITORY: 'acme/lending',
    GITHUB_SHA: 'c0ffee',
  };
  await record();
  await Promise.all(['worded-1.mjs', 'worded-2.mjs'].map((file) => world.stack.serveAgent(join(FIXTURES, file))));
}, 120_000);

afterAll(async () => {
  await world?.stop();
  await server?.close();
  delete process.env['OPENAI_BASE_URL'];
});

async function record(): Promise<void> {
  const { ghost } = await import('../../packages/ghost/dist/index.js');
  const file = join(FIXTURES, 'worded-1.mjs');
  const { decide } = (await import(file)) as { decide: (input: object) => Promise<unknown> };
  const { apiKey: token } = await world.stack.stores.apiKeys.mint({ scopes: ['enrol'], label: 'ci', singleUse: true });
  const keyFile = join(world.stack.services.folder.dir, 'keys', 'producers', 'ci.pem');
  ghost.configure({ ...(await ghost.enrol({ endpoint: world.stack.apiUrl, token, keyFile })), session: 'ci' });
  for (let i = 0; i < DECISIONS; i += 1) await decide({ id: `w-${i}`, amount: 37 * i });
  const { pending } = await ghost.flush({ timeout: 60_000 });
  expect(pending).toBe(0);
  while ((await world.stack.platform.ledger.status()).queued > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Plan {
  readonly calls: number;
  readonly tokens: number;
  readonly cost: number;
}

const within = (actual: number, planned: number): number => Math.abs(actual - planned) / planned;

describe('a gate in CI', () => {
  let first: string;
  let plan: Plan;

  test('run twice at once by action.yml is one gate: one set of model calls, the same verdict in every form', async () => {
    const file = policyFile('first');
    plan = JSON.parse((await bash(`$TENET gate plan ${file} -o json`)).stdout) as Plan;
    const recorded = server.requests.length;
    const jobs = [job('one'), job('two')];
    const ended = await Promise.all(
      jobs.map((own) => bash(actionScript(), { ...actionInputs({ policy: file, candidate: '1.0.1' }), ...own })),
    );
    expect(ended.map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    const views = jobs.map(({ RESULTS }) => readJson<GateView>(join(RESULTS, 'gate.json')));
    first = views[0]?.id ?? '';
    expect(views.map(({ id, status, repository, revision }) => ({ id, status, repository, revision }))).toEqual([
      { id: first, status: 'pass', repository: 'acme/lending', revision: 'c0ffee' },
      { id: first, status: 'pass', repository: 'acme/lending', revision: 'c0ffee' },
    ]);
    expect(await world.stack.stores.gates.list(10)).toHaveLength(1);
    expect(server.requests.length - recorded).toBe(DECISIONS * (CONTROL + 1));

    for (const { RESULTS, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY } of jobs) {
      const outputs = readFileSync(GITHUB_OUTPUT, 'utf8');
      expect(outputs).toContain(`gate=${first}\nstatus=pass\nentry=ver_`);
      expect(outputs).toContain(`comment=${RESULTS}/gate-comment.md\n`);
      expect(readFileSync(GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^### Gate first: PASS\n/);
      expect(readFileSync(join(RESULTS, 'gate-comment.md'), 'utf8')).toMatch(
        /^<!-- tenet-gate first -->\n### Gate first/,
      );
      expect(junitProblems(readFileSync(join(RESULTS, 'gate.xml'), 'utf8'))).toEqual([]);
    }
    expect(ended[0]?.stdout).toMatch(/^::notice file=first\.yaml,title=gate first%3A pass::/m);
  }, 120_000);

  test('takes what its plan said, within a tenth', async () => {
    const view = await world.stack.stores.gates.get(first);
    const spent = await Promise.all(
      [view?.controlRun, view?.candidateRun].map((run) => world.stack.stores.replay.spent(run ?? '')),
    );
    const total = (of: 'calls' | 'tokens' | 'cost'): number => spent.reduce((sum, one) => sum + one[of], 0);
    expect(total('calls')).toBe(plan.calls);
    expect(within(total('tokens'), plan.tokens)).toBeLessThanOrEqual(0.1);
    expect(within(total('cost'), plan.cost)).toBeLessThanOrEqual(0.1);
    expect(plan.cost).toBeGreaterThan(0);
  });

  test('left behind is pending, waited for elsewhere, and takes the control arm of the first one', async () => {
    const file = policyFile('second');
    const before = server.requests.length;
    const own = job('detached');
    const asked = await bash(actionScript(), {
      ...actionInputs({ policy: file, candidate: '1.0.0', detach: 'true' }),
      ...own,
    });
    expect({ code: asked.code, stderr: asked.code === 0 ? '' : asked.stderr }).toEqual({ code: 0, stderr: '' });
    const { id } = readJson<GateView>(join(own.RESULTS, 'gate.json'));
    expect(readFileSync(own.GITHUB_OUTPUT, 'utf8')).toContain(`gate=${id}\n`);
    const shown = await bash(`$TENET gate show ${id} --wait 60 -o json`);
    const view = JSON.parse(shown.stdout) as GateView;
    expect({ code: shown.code, status: view.status, id: view.id }).toEqual({ code: 0, status: 'pass', id });
    expect(view.reused).toMatchObject({ gate: first, calls: DECISIONS * CONTROL, reruns: DECISIONS * CONTROL });
    expect(server.requests.length - before).toBe(DECISIONS);
    expect((await bash(`$TENET gate show ${id}`)).stdout).toContain(`control arm of ${first} reused: 120 calls, `);
    const detached = await bash(`$TENET gate run ${file} --candidate 1.0.1 --detach --serve x.js`);
    expect({ code: detached.code, told: detached.stderr.includes('usage.invalid') }).toEqual({ code: 2, told: true });
  }, 120_000);

  test('shares one signed noise profile with the other', async () => {
    const profiles = await world.stack.stores.profiles.list(10);
    expect(profiles).toHaveLength(1);
    const [entry] = await world.stack.platform.ledger.readDecisions([profiles[0]?.id ?? '']);
    expect(entry?.entry).toMatchObject({ kind: 'profile', type: 'profile.fitted' });
    expect(entry?.fields.get('/digest')).toBe(profiles[0]?.digest);
    const shown = await bash('$TENET gate profile show latest -o json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: profiles[0]?.id, state: 'valid' });
  }, 60_000);

  test('that reaches --max-tokens stops before it passes them, and is inconclusive', async () => {
    const { tokens } = await world.stack.stores.replay.spent(
      (await world.stack.stores.gates.get(first))?.candidateRun ?? '',
    );
    const limit = Math.floor(tokens / 2);
    const asked = await bash(`$TENET gate run ${policyFile('third')} --candidate 1.0.1 --max-tokens ${limit} -o json`);
    const view = JSON.parse(asked.stdout) as GateView;
    const budget = view.verdict?.rules.find(({ rule }) => rule === 'budget');
    expect({ code: asked.code, status: view.status, budget: budget?.status }).toEqual({
      code: 5,
      status: 'inconclusive',
      budget: 'inconclusive',
    });
    expect(budget?.figures['tokens']).toBeLessThanOrEqual(limit);
    expect(budget?.figures['tokens']).toBeGreaterThan(limit / 2);
  }, 120_000);

  test.runIf(process.env['TENET_LONG'] === '1')(
    'in GitLab is the same gate again',
    async () => {
      const before = server.requests.length;
      const place = {
        GITHUB_REPOSITORY: '',
        CI_PROJECT_PATH: 'acme/lending',
        POLICY: policyFile('first'),
        CANDIDATE: '1.0.1',
      };
      const modules = ['worded-1.mjs', 'worded-2.mjs'].map((file) => join(FIXTURES, file)).join(' ');
      for (const script of gitlabScripts()) {
        const inFolder = script.replace(/=gate/g, `=${folder}/gate`);
        const { code, stderr } = await bash(inFolder, { ...place, SERVE: modules });
        expect({ script, code, stderr: code === 0 ? '' : stderr }).toEqual({ script, code: 0, stderr: '' });
      }
      expect(readJson<GateView>(join(folder, 'gate.json')).id).toBe(first);
      expect(junitProblems(readFileSync(join(folder, 'gate.xml'), 'utf8'))).toEqual([]);
      expect(server.requests.length).toBe(before);
    },
    120_000,
  );
});

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: {
    readonly steps: readonly { readonly run: string; readonly env: Readonly<Record<string, string>> }[];
  };
}

const action = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as Action;

function actionScript(): string {
  const [step] = action.runs.steps;
  if (step === undefined) throw new Error('the action has no step');
  return step.run;
}

/** The variables of the step as a runner fills them in from its inputs. */
function actionInputs(given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const values = Object.entries(action.runs.steps[0]?.env ?? {}).map(([name, expression]) => {
    const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression)?.[1] ?? '';
    expect(Object.keys(action.inputs)).toContain(input);
    return [name, given[input] ?? action.inputs[input]?.default ?? ''] as const;
  });
  const { TENET: _, RESULTS: __, ...rest } = Object.fromEntries(values);
  return rest;
}

/** Each line of each job's script, in order. */
function gitlabScripts(): string[] {
  const file = parse(readFileSync(join(ROOT, 'examples/ci/gitlab-ci.yml'), 'utf8')) as Record<string, unknown>;
  return Object.values(file).flatMap((section) => (section as { script?: readonly string[] }).script ?? []);
}
