import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GhostConfig } from '@tenet-ledger/ghost';
import { decisionId } from '@tenet-ledger/record';
import { parsePolicy } from '../../dist/src/gate/index.js';
import type { GateView } from '../../dist/src/cli/views/gate.js';
import { startModelServer, type ModelServer } from '../support/modelServer.js';
import { openWorld, type World } from './world.js';

/**
 * A secret is planted wherever an agent can put one, and then looked for in everything that the platform keeps: whoever has a copy of all
 * that must not find it. A marker that is no secret lies beside it, to show that the looking finds what is there.
 */
const SECRET = `canary${randomBytes(16).toString('hex')}`;
const MARKER = 'visible-marker';
const SESSION = 'canary';
const CASES = 12;
const FIXTURES = join(import.meta.dirname, 'fixtures');
const policy = parsePolicy(
  `version: 1\nname: canary\nagent: canary\ntype: canary\ncohort: { size: ${CASES}, seed: 1 }\nrepeats: { control: 3, candidate: 1 }\nlanes: { model: tape, liveReads: false, timeoutMs: 10000 }\n`,
  'canary.yaml',
);

/** The text as it is, in hex, and as it lies within base64 of either alphabet at any of three places. */
function shapesOf(text: string): readonly string[] {
  const within = [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    // The first and the last characters hold bits of what lies beside.
    return bytes
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift === 0 ? 0 : shift + 1, -2);
  });
  return [text, Buffer.from(text).toString('hex'), ...within];
}

const shapes = { secret: shapesOf(SECRET), marker: shapesOf(MARKER) };
const found = (text: string, what: keyof typeof shapes): boolean => shapes[what].some((shape) => text.includes(shape));

const filesUnder = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

let world: World;
let model: ModelServer;
let spool: string;
let view: GateView;
const ids: string[] = [];

beforeAll(async () => {
  process.env['CANARY'] = SECRET;
  model = await startModelServer({ respond: () => ({ content: `it is sk-${SECRET}, ${MARKER}` }) });
  process.env['OPENAI_BASE_URL'] = model.url;
  world = await openWorld({ agentEnv: { CANARY: SECRET }, model: { baseUrl: model.url, apiKey: `sk-${SECRET}` } });
  spool = join(world.stateDir, 'canary-spool');
  const { ghost } = await import('../../packages/ghost/dist/index.js');
  const { decide } = (await import(join(FIXTURES, 'canary-1.mjs'))) as { decide: (input: object) => Promise<unknown> };
  const inputOf = (i: number): object => ({
    id: `c-${i}`,
    note: MARKER,
    card: '4111 1111 1111 1111',
    secret: SECRET,
    headers: { Authorization: `Bearer ${SECRET}`, 'X-Api-Key': SECRET },
    text: `the token is Bearer ${SECRET}`,
    [`sk-${SECRET}`]: true,
  });
  // Nobody answers: what is recorded here stays in the spool, where it is read below.
  const unsent = join(world.stateDir, 'unsent-spool');
  const { apiKey: token } = await world.stack.stores.apiKeys.mint({
    scopes: ['enrol'],
    label: 'canary',
    singleUse: true,
  });
  const keyFile = join(world.stack.services.folder.dir, 'keys', 'producers', 'canary.pem');
  const identity = await ghost.enrol({ endpoint: world.stack.apiUrl, token, keyFile });
  const quiet = { session: SESSION, onProblem: () => undefined };
  const { sealKey: _, ...readable }: GhostConfig = { ...identity, endpoint: 'http://127.0.0.1:9' };
  ghost.configure({ ...readable, ...quiet, spool: { dir: unsent } });
  await decide(inputOf(0));
  await ghost.flush({ timeout: 200 });
  ghost.configure({ ...identity, ...quiet, spool: { dir: spool } });
  for (let i = 1; i <= CASES; i += 1) {
    await decide(inputOf(i));
    const { tenant } = world.stack.platform;
    const id = decisionId({ tenant, agent: 'canary', version: '1.0.0', session: SESSION, key: `c-${i}` });
    ids.push(id);
    ghost.effect(id, { action: 'letter', target: MARKER, detail: { password: SECRET, url: `https://u:${SECRET}@x` } });
    ghost.override(id, { by: 'ann', reason: `Bearer ${SECRET}`, outcome: 'approve' });
    ghost.correction(id, { reason: MARKER, fields: { '/context/inputs/secret': SECRET } });
  }
  const { pending } = await ghost.flush({ timeout: 60_000 });
  expect(pending).toBe(0);
  await world.stack.platform.ledger.waitLogged(ids, { timeoutMs: 60_000 });
  for (const version of [1, 2]) await world.stack.serveAgent(join(FIXTURES, `canary-${version}.mjs`));
  view = await world.gate({ baseline: 'canary@1.0.0', candidate: 'canary@2.0.0', session: SESSION, policy });
}, 180_000);

afterAll(async () => {
  for (const name of ['CANARY', 'OPENAI_BASE_URL']) Reflect.deleteProperty(process.env, name);
  await world?.stop();
  await model?.close();
});

describe('a secret that an agent handles', () => {
  test('is no hindrance to re-running what it decided', () => {
    expect(view.verdict?.flips).toEqual([]);
    for (const run of [view.control, view.candidateRun]) {
      expect(run?.yield).toMatchObject({ share: 1, reasons: [] });
      expect(run?.calls).toMatchObject({ refused: 0, model: 0 });
    }
    // The re-run's outcomes are the recorded ones: what it was not shown made no difference.
    const mismatch = view.verdict?.rules.find(({ rule }) => rule === 'harnessMismatch');
    expect(mismatch?.figures).toMatchObject({ compared: CASES, mismatches: 0 });
    expect(model.requests.length).toBeGreaterThan(0);
  });

  test('is in no table of the database', async () => {
    const client = new pg.Client({ connectionString: world.stack.services.databaseUrl });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
          where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
      );
      expect(tables.length).toBeGreaterThan(5);
      let read = 0;
      for (const { name } of tables) {
        const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
        read += rows.length;
        expect(rows.filter(({ row }) => found(row, 'secret')).length, name).toBe(0);
      }
      expect(read).toBeGreaterThan(CASES * 5);
    } finally {
      await client.end();
    }
  });

  test('is not in the spool, where what is no secret is readable until it is sealed', () => {
    const texts = filesUnder(join(world.stateDir, 'unsent-spool')).map((file) => readFileSync(file, 'latin1'));
    expect(texts.some((text) => found(text, 'marker'))).toBe(true);
    expect(texts.some((text) => found(text, 'secret'))).toBe(false);
  });

  test('is in no file below the state folder: logs, spools, the servers’ own', () => {
    const files = filesUnder(world.stateDir);
    expect(files.some((file) => file.endsWith('.log'))).toBe(true);
    const bad = files.filter(
      (file) => statSync(file).size < 200_000_000 && found(readFileSync(file, 'latin1'), 'secret'),
    );
    expect(bad).toEqual([]);
  });

  test('is in no history of Temporal', async () => {
    let histories = 0;
    for await (const { workflowId, runId } of world.stack.temporal.workflow.list()) {
      const history = await world.stack.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = JSON.stringify(history, function (this: Record<string, unknown>, key, value: unknown) {
        const raw = this[key];
        return raw instanceof Uint8Array ? Buffer.from(raw).toString('latin1') : value;
      });
      histories += 1;
      expect(found(text, 'secret'), workflowId).toBe(false);
    }
    expect(histories).toBeGreaterThan(0);
  });

  test('is in no evidence bundle, which shows the rest of the decision', async () => {
    const { ledger } = world.stack.platform;
    for (const entryId of ids.slice(0, 3)) {
      const bundle = await ledger.exportBundle({ entryId });
      expect(found(bundle, 'marker')).toBe(true);
      expect(found(bundle, 'secret')).toBe(false);
      expect(bundle.length).toBeGreaterThan(1_000);
    }
    const [decision] = await ledger.readDecisions([ids[0]!]);
    expect(JSON.stringify(decision?.fields.get('/grade'))).toMatch(/redacted: \d+ values/);
  });
});
