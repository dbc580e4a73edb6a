import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ghost, signerFromKeyFile, type SealKey } from '@tenet-ledger/ghost';
import { decisionId, toBase64, unflattenRecord } from '@tenet-ledger/record';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pipeline } from '../../packages/ghost/src/delivery/pipelinePort.js';
import {
  correctionSchema,
  decisionRecordSchema,
  effectSchema,
  overrideSchema,
} from '../../src/schema/index.js';
import { openApi, type ApiFixture } from '../api/support.js';
import { fieldsDraft } from '../ghost/support/drafts.js';
import { filesIn, Pipes } from '../ghost/support/pipelines.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { hasPython, pythonEnv, type NoPython, type PythonEnv } from '../support/pythonEnv.js';

const PACKAGE = resolve(import.meta.dirname, '../../python/tenet_ghost');
const LINKED = [
  ['effect', effectSchema],
  ['override', overrideSchema],
  ['correction', correctionSchema],
] as const;
const membersOf = (fields: Readonly<Record<string, unknown>>, name: string): object =>
  Object.fromEntries(Object.entries(fields).map(([path, value]) => [path.replace(`/${name}/`, ''), value]));

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';
const requirements = readFileSync(join(PACKAGE, 'requirements-test.txt'), 'utf8').trim().split('\n');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let python: PythonEnv | NoPython;
beforeAll(async () => {
  python = await pythonEnv(requirements);
  if (!hasPython(python)) process.stderr.write(`the Python SDK is not tested: ${python.missing}\n`);
}, 300_000);

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  if (!hasPython(python)) throw new Error(python.missing);
  const child = spawn(python.python, args, {
    cwd: PACKAGE,
    env: { ...process.env, PYTHONPATH: join(PACKAGE, 'src'), PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** What reads the code without running it. */
const READERS = [
  ['mypy'],
  ['ruff', 'check', 'src', 'tests', '../bench'],
  ['ruff', 'format', '--check', 'src', 'tests', '../bench'],
] as const;

describe.concurrent('the Python SDK', () => {
  it.for(READERS)('has nothing to fix for %s %s', { timeout: 240_000 }, async ([tool, ...args], { expect, skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    if (!existsSync(join(python.bin, tool))) return skip(`${tool} is not to be had for this Python`);
    const { code, stdout, stderr } = await run(['-m', tool, ...args]);
    expect(code, `${stdout.slice(-6000)}\n${stderr.slice(-2000)}`).toBe(0);
  });

  it.for(['core', 'agent'])('passes its own %s tests', { timeout: 240_000 }, async (suite, { expect, skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    const { code, stdout, stderr } = await run(['-m', 'pytest', '-q', `tests/${suite}`]);
    expect(code, `${stdout.slice(-6000)}\n${stderr.slice(-2000)}`).toBe(0);
  });
});

interface EndToEnd {
  readonly finished: string;
  readonly linked: readonly string[];
  readonly pending: number;
  readonly stats: { readonly acknowledged: number; readonly duplicates: number; readonly enqueued: number };
  readonly problems: readonly unknown[];
  readonly sealed: boolean;
  readonly kid: string;
}

describe('a Python process and a live platform', () => {
  let database: TestDatabase;
  let api: ApiFixture;
  let endpoint: string;
  beforeAll(async () => {
    database = await testDatabase();
    api = await openApi(database.db, 'acme');
    endpoint = await api.app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await api.app.close();
    await database.drop();
  });

  const endToEnd = async (plain: boolean): Promise<EndToEnd> => {
    const state = mkdtempSync(join(tmpdir(), 'tenet-test-python-'));
    try {
      const { apiKey: token } = await api.stores.apiKeys.mint({ scopes: ['enrol'], label: 'python', singleUse: true });
      const { code, stdout, stderr } = await run(['tests/end_to_end.py'], {
        TENET_ENDPOINT: endpoint,
        TENET_TOKEN: token,
        TENET_STATE: state,
        ...(plain && { TENET_PLAIN: '1' }),
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      // Nothing but what says that the process ended in order waits for the next one.
      expect(readdirSync(join(state, 'spool'))).toHaveLength(1);
      return JSON.parse(stdout) as EndToEnd;
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  };

  it.for(['sealed', 'plain'])('records of a %s spool read back as what the agent said', async (kind, { skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    const { finished, linked, pending, stats, problems, sealed } = await endToEnd(kind === 'plain');
    expect({ pending, problems, sealed }).toEqual({ pending: 0, problems: [], sealed: kind === 'sealed' });
    expect(stats).toMatchObject({ enqueued: 24 });
    expect(stats.acknowledged).toBe(24);
    const of = { tenant: 'acme', agent: 'underwriter', version: '4.2.0', session: 'ses_py' };
    const ids = Array.from({ length: 20 }, (_, n) => decisionId({ ...of, key: `a-${n}` }));
    const views = await api.platform.ledger.readDecisions([...ids, finished, ...linked]);
    const byId = new Map(views.map((view) => [view.id, Object.fromEntries(view.fields)]));
    expect(byId.size).toBe(24);
    for (const view of views.filter(({ entry }) => entry.kind === 'decision'))
      expect(decisionRecordSchema.safeParse(unflattenRecord(view.fields)).error).toBeUndefined();
    for (const [i, [name, schema]] of LINKED.entries())
      expect(schema.safeParse(membersOf(byId.get(linked[i]!)!, name)).error).toBeUndefined();
    expect(byId.get(ids[3]!)).toMatchObject({
      '/context/inputs': { id: 'a-3', amount: 1003, text: 'Zürich 🏔', tiny: 1e-7 },
      '/decision/outcome': 'approve',
      '/reasoning/0': 'the score is 611',
      '/tape/0001': { name: 'bureau.lookup', result: { score: 611, applicant: 'a-3' } },
    });
    expect(byId.get(linked[0]!)).toMatchObject({ '/effect/action': 'letter.send', '/effect/result': 'success' });
    expect(byId.get(linked[1]!)).toMatchObject({ '/override/by': 'human:7', '/override/outcome': 'approve' });
    expect(byId.get(linked[2]!)).toMatchObject({ '/correction/fields': { '/context/inputs/amount': 1 } });
  });

  it('take over from each other what the other left in a sealed spool', async ({ skip }) => {
    if (!hasPython(python)) return skip(python.missing);
    const pipes = new Pipes();
    try {
      const dir = pipes.dir();
      const { apiKey: token } = await api.stores.apiKeys.mint({ scopes: ['enrol'], label: 'both', singleUse: true });
      const identity = await ghost.enrol({ endpoint, token, keyFile: join(pipes.dir(), 'record.pem') });
      const { apiKey, log, tenant, keyFile } = identity;
      const { kid, publicKey } = api.platform.sealKey;
      const sealKey: SealKey = { kid, publicKey: toBase64(publicKey) };
      const config = { api_key: apiKey, tenant, log, key_file: keyFile, seal_key: sealKey, session: 'ses_both' };
      const inPython = (what: 'leave' | 'deliver', at: string): Promise<Ended> =>
        run(['tests/hand_over.py', what, JSON.stringify({ ...config, endpoint: at, spool: { dir } })]);
      const inNode = (at: string): Pipeline =>
        pipes.make(at, { apiKey, log, signer: signerFromKeyFile(keyFile), sealKey, spool: { dir } }).pipeline;

      const leaving = inNode(NOWHERE);
      const ids = Array.from({ length: 10 }, (_, n) => `dec_node_${n}`);
      for (const id of ids) leaving.take(fieldsDraft(id));
      leaving.close();
      expect(await inPython('deliver', endpoint)).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(await api.platform.ledger.readDecisions(ids)).toHaveLength(10);

      expect(await inPython('leave', NOWHERE)).toEqual({ code: 0, stdout: '', stderr: '' });
      inNode(endpoint);
      await expect.poll(() => filesIn(dir), { timeout: 20_000 }).toEqual({});
      const of = { tenant: 'acme', agent: 'underwriter', version: '1', session: 'ses_both' };
      const left = ids.map((_, n) => decisionId({ ...of, key: `left-${n}` }));
      expect(await api.platform.ledger.readDecisions(left)).toHaveLength(10);
    } finally {
      pipes.clear();
    }
  });
});
