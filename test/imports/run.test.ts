import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createChainSink,
  createImporter,
  openDoor,
  openImportFile,
  parseMapping,
  resumeState,
  runImport,
  type Importer,
  type ImportProblem,
  type ImportRow,
  type ImportSink,
} from '../../src/imports/index.js';
import { systemSources } from '../../src/platform/index.js';
import { createStores } from '../../src/db/index.js';
import { reportProducer } from '../../src/producers/index.js';
import { LOG, sequenceAll, testLedger, TENANT, testSigner, type TestLedger } from '../support/ledger.js';
import { dataDir } from '../support/shared.js';
import { AT } from './support.js';

let t: TestLedger;
let folder: string;
beforeAll(async () => {
  t = await testLedger();
  folder = mkdtempSync(join(tmpdir(), 'tenet-import-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await t.drop();
});

const MAPPING = 'version: 1\nagent: scorer\nagentVersion: "1.0"\ntype: score\noutcome: /out\nkey: /id\n';
const importer = (session: string): Importer =>
  createImporter('jsonl', { mapping: parseMapping(MAPPING, 'm'), session, occurredAt: AT });

async function chain() {
  const signer = testSigner(77);
  await t.ledger.enrolKey({ publicKey: signer.publicKey, role: 'producer' });
  const door = openDoor(t.ledger, signer.keyId);
  return createChainSink({ ...systemSources(), door, log: LOG, signer, name: 'import/jsonl' });
}

function file(name: string, text: string | Buffer) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return openImportFile(path);
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `${JSON.stringify({ id: from + at, out: 'ok' })}\n`).join('');

async function run(
  parts: { importer: Importer; file: Awaited<ReturnType<typeof openImportFile>>; sink: ImportSink | null },
  more: Partial<Parameters<typeof runImport>[0]> & { from?: { offset: number; n: number } | null } = {},
) {
  const problems: ImportProblem[] = [];
  const rows: ImportRow[] = [];
  const { from = null, ...rest } = more;
  const result = await runImport({
    items: parts.importer.items(parts.file, from),
    convert: (value) => parts.importer.convert(value),
    context: { tenant: TENANT, sdk: parts.importer.sdk, tagKey: new Uint8Array(32) },
    sink: parts.sink,
    maxErrors: 10,
    onProblem: (problem) => problems.push(problem),
    onRow: (row) => rows.push(row),
    ...rest,
  });
  return { ...result, problems, rows };
}

describe('an import', () => {
  test('records what is good, names what is bad, and closes its chain', async () => {
    const sink = await chain();
    const log = await file('mixed.jsonl', `${lines(1, 3)}{"id":4}\nnot json\n{"id":2,"out":"again"}\n${lines(5, 5)}`);
    const { counts, problems, ended } = await run({ importer: importer('mixed'), file: log, sink });
    await sink.close('mixed');
    expect(ended).toBe('done');
    expect(counts).toMatchObject({ units: 7, recorded: 4, bad: 2, repeated: 1, duplicates: 0, grades: { D: 4 } });
    expect(problems.map(({ place, field }) => [place.n, field])).toEqual([
      [4, 'outcome (/out)'],
      [5, ''],
    ]);
    await sequenceAll(t.ledger);
    const { ids } = await t.ledger.listDecisions({ session: 'mixed' });
    const [first] = await t.ledger.readDecisions(ids);
    expect(first?.entry.producer.kid).toBe(testSigner(77).keyId);
    expect(first?.fields.get('/provenance/sdk')).toBe('import/jsonl');
    const stores = createStores(t.platform);
    const [row] = await stores.producers.list({ producer: sink.producer, session: null, agent: null, limit: 5 });
    const report = await reportProducer({ store: stores.producers, ledger: t.ledger }, row!);
    expect(report).toMatchObject({ verdict: 'complete', entries: 5, decisions: 4, missing: 0, reasons: [] });
  });

  test('again is a duplicate of itself, and takes no number', async () => {
    const log = await file('again.jsonl', lines(1, 5));
    await run({ importer: importer('again'), file: log, sink: await chain() });
    const second = await chain();
    const { counts } = await run({ importer: importer('again'), file: log, sink: second });
    expect(counts).toMatchObject({ recorded: 0, duplicates: 5 });
    expect(second.signed).toBe(0);
  });

  test('stops at too many bad lines, keeping what was good', async () => {
    const log = await file('bad.jsonl', `${lines(1, 2)}${'x\n'.repeat(8)}${lines(3, 4)}`);
    const { counts, ended } = await run(
      { importer: importer('bad'), file: log, sink: await chain() },
      { maxErrors: 3 },
    );
    expect(ended).toBe('errors');
    expect(counts).toMatchObject({ recorded: 2, bad: 4 });
  });

  test('a dry run converts everything and sends nothing', async () => {
    const log = await file('dry.jsonl', lines(1, 3));
    const { counts, rows } = await run({ importer: importer('dry'), file: log, sink: null });
    expect(counts).toMatchObject({ recorded: 3 });
    expect(rows.map(({ status }) => status)).toEqual(['would record', 'would record', 'would record']);
    expect((await t.ledger.listDecisions({ session: 'dry' })).ids).toEqual([]);
  });

  test('a packed file is read like a plain one', async () => {
    const log = await file('packed.jsonl.gz', gzipSync(lines(1, 4)));
    expect((await run({ importer: importer('packed'), file: log, sink: null })).counts.recorded).toBe(4);
    const cut = await file('cut.jsonl.gz', gzipSync(lines(1, 4000)).subarray(0, 4000));
    await expect(run({ importer: importer('cut'), file: cut, sink: null })).rejects.toThrow('cannot be unpacked');
  });
});

describe('the two files of a batch', () => {
  const asked = (id: string) =>
    JSON.stringify({ custom_id: id, body: { model: 'm-1', messages: [{ role: 'user', content: `is ${id} due?` }] } });
  const answered = (id: string) => {
    const choices = [{ message: { role: 'assistant', content: `${id} is due` } }];
    return JSON.stringify({
      custom_id: id,
      response: { status_code: 200, body: { model: 'm-1', choices } },
      error: null,
    });
  };
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  const join = async (
    requests: string | Buffer,
    answers: string,
    from: { offset: number; n: number } | null = null,
  ) => {
    const options = { agent: 'triage', version: '1', occurredAt: AT, requests: await file('batch_in', requests) };
    const { rows } = await run(
      { importer: createImporter('openai-jsonl', options), file: await file('batch_out', answers), sink: null },
      { from },
    );
    return rows.map(({ entry }) => [
      entry.fields.find(({ path }) => path === '/context/inputs')?.value,
      entry.fields.find(({ path }) => path === '/decision/outcome')?.value,
    ]);
  };

  test('are joined by custom_id, in whatever order, and from anywhere in the answers', async () => {
    const requests = `\ufeff${asked('a')}\r\n\n${asked('b')}\n${asked('c')}`;
    const answers = text([answered('c'), answered('a'), answered('x')]);
    const all = [
      [{ request: 'is c due?' }, 'c is due'],
      [{ request: 'is a due?' }, 'a is due'],
      [null, 'x is due'],
    ];
    expect(await join(requests, answers)).toEqual(all);
    expect(await join(requests, answers, { offset: answered('c').length + 1, n: 1 })).toEqual(all.slice(1));
  });

  test('an id that two requests have is joined to neither', async () => {
    expect(await join(text([asked('a'), asked('a')]), text([answered('a')]))).toEqual([[null, 'a is due']]);
  });

  test.each([
    ['a line that is no JSON', `${asked('a')}\n{`, 'not JSON'],
    ['another file', text([answered('a')]), 'not a request of the batch API'],
    ['a packed one', gzipSync(asked('a')), 'is packed'],
  ])('%s is refused whole', async (_, requests, message) => {
    await expect(join(requests, text([answered('a')]))).rejects.toThrow(message);
  });
});

describe('an import that ended early', () => {
  test('goes on behind the last whole batch, and every line is in the ledger once', async () => {
    const log = await file('long.jsonl', lines(1, 50));
    const how = ['jsonl', 'long'];
    const state = await resumeState(folder, log, how);
    expect(state.from).toBeNull();
    const sink = await chain();
    let batches = 0;
    const failing: ImportSink = {
      present: (ids) => sink.present(ids),
      record: async (entries) => {
        batches += 1;
        if (batches === 3) throw new Error('killed');
        return sink.record(entries);
      },
    };
    const save = (at: { offset: number; n: number }): Promise<void> => state.save(at);
    await expect(
      run({ importer: importer('long'), file: log, sink: failing }, { batch: 10, onBatch: save }),
    ).rejects.toThrow('killed');

    const resumed = await resumeState(folder, log, how);
    expect(resumed.from).toMatchObject({ n: 20 });
    const { counts } = await run(
      { importer: importer('long'), file: log, sink: await chain() },
      { batch: 10, from: resumed.from },
    );
    expect(counts).toMatchObject({ units: 30, recorded: 30, duplicates: 0 });
    expect((await t.ledger.listDecisions({ session: 'long', limit: 100 })).ids).toHaveLength(50);
    await resumed.clear();
    expect(readdirSync(join(folder, 'imports'))).toEqual([]);
  });

  test('another file under its name, and other options, begin at the beginning', async () => {
    const first = await file('same.jsonl', lines(1, 3));
    await (await resumeState(folder, first, ['a'])).save({ offset: 10, n: 1 });
    expect((await resumeState(folder, first, ['a'])).from).toEqual({ offset: 10, n: 1 });
    expect((await resumeState(folder, first, ['b'])).from).toBeNull();
    expect((await resumeState(folder, await file('same.jsonl', lines(7, 9)), ['a'])).from).toBeNull();
  });

  test('by a signal it ends behind a whole batch', async () => {
    const stop = new AbortController();
    const log = await file('stopped.jsonl', lines(1, 50));
    const { counts, ended, at } = await run(
      { importer: importer('stopped'), file: log, sink: await chain() },
      { batch: 10, signal: stop.signal, onBatch: async () => stop.abort() },
    );
    expect(ended).toBe('stopped');
    expect(counts.recorded).toBe(10);
    expect(at.n).toBe(10);
  });

  test.each([
    ['csv', 'id,out\n1,"a\nb"\n2,c\n3,d\n'],
    ['jsonl', '{"id":1,"out":"a"}\n{"id":2,"out":"b"}\n{"id":3,"out":"c"}\n'],
  ] as const)('a %s goes on at a byte', async (format, text) => {
    const log = await file(`resume.${format}`, text);
    const from = createImporter(format, { mapping: parseMapping(MAPPING, 'm'), occurredAt: AT });
    const whole = [];
    for await (const item of from.items(log, null)) whole.push(item);
    const rest = [];
    for await (const item of from.items(log, { offset: whole[0]?.end ?? 0, n: format === 'csv' ? 3 : 1 }))
      rest.push(item);
    expect(rest).toEqual(whole.slice(1));
  });
});

const TRAJECTORIES = join(dataDir, 'tau-bench-gpt4o-airline-tasks-0-24.json');

describe.skipIf(!existsSync(TRAJECTORIES))('100 real trajectories', () => {
  test('25 tasks of 4 trials: every call has its result, every tool its class', async () => {
    const from = createImporter('tau-bench', { agent: 'airline', version: '1', occurredAt: AT });
    const { counts, rows } = await run({ importer: from, file: await openImportFile(TRAJECTORIES), sink: null });
    expect(counts).toMatchObject({ units: 100, recorded: 100, bad: 0, grades: { B: 100 } });
    const fields = rows.map(({ entry }) => new Map(entry.fields.map(({ path, value }) => [path, value])));
    const lineage = fields.map((one) => one.get('/provenance/lineage') as { task: number; trial: number });
    expect(new Set(lineage.map(({ task, trial }) => `${task}/${trial}`)).size).toBe(100);
    expect(new Set(lineage.map(({ task }) => task)).size).toBe(25);
    const outcomes = fields.map((one) => one.get('/decision/outcome') as string);
    expect(outcomes.filter((outcome) => outcome === 'no_action').length).toBeGreaterThan(10);
    expect(outcomes.filter((outcome) => outcome.includes('transfer_to_human_agents')).length).toBe(18);
  });

  test('are in the ledger, signed and gap-free', async () => {
    const from = createImporter('tau-bench', { agent: 'airline', version: '1', session: 'tau', occurredAt: AT });
    const sink = await chain();
    await run({ importer: from, file: await openImportFile(TRAJECTORIES), sink });
    await sequenceAll(t.ledger);
    const { ids } = await t.ledger.listDecisions({ session: 'tau', limit: 200 });
    expect(ids).toHaveLength(100);
    expect((await t.ledger.fsck()).ok).toBe(true);
  });
});
