import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDagsterPipes, PipesError, withDagsterPipes } from '@tenet-ledger/ghost/dagster';
import { shared } from '../../../packages/ghost/src/scope.js';

let folder: string;
let messagesFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenet-pipes-'));
  messagesFile = join(folder, 'messages');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

const encode = (value: unknown): string => deflateSync(JSON.stringify(value)).toString('base64');

const CONTEXT = {
  asset_keys: ['loans/decisions'],
  code_version_by_asset_key: { 'loans/decisions': '3' },
  provenance_by_asset_key: {
    'loans/decisions': { code_version: '2', input_data_versions: { 'loans/raw': 'v7' }, is_user_provided: false },
  },
  partition_key: '2026-05-01',
  partition_key_range: { start: '2026-05-01', end: '2026-05-01' },
  partition_time_window: { start: '2026-05-01T00:00:00+00:00', end: '2026-05-02T00:00:00+00:00' },
  run_id: '8c1f',
  job_name: 'nightly',
  retry_number: 0,
  extras: {},
};

/** What Dagster sets, the context in a file as it does by default. */
function env(context: object = CONTEXT): Record<string, string> {
  const path = join(folder, 'context');
  writeFileSync(path, JSON.stringify(context));
  return { DAGSTER_PIPES_CONTEXT: encode({ path }), DAGSTER_PIPES_MESSAGES: encode({ path: messagesFile }) };
}

interface Message {
  readonly __dagster_pipes_version: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

const sent = (): Message[] =>
  readFileSync(messagesFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Message);

describe('the external half of Dagster Pipes', () => {
  test('a conversation is opened, reports, and is closed', () => {
    const pipes = openDagsterPipes({ env: env() });
    pipes.log('warning', 'half way');
    pipes.reportAssetMaterialization({
      dataVersion: 'v1',
      metadata: { rows: 3, page: { type: 'url', rawValue: 'https://example.org' } },
    });
    pipes.reportAssetCheck({ checkName: 'complete', passed: true });
    pipes.reportCustomMessage({ any: 1 });
    pipes.close();
    expect(sent().map(({ method, params }) => [method, params])).toEqual([
      ['opened', { extras: {} }],
      ['log', { message: 'half way', level: 'WARNING' }],
      [
        'report_asset_materialization',
        {
          asset_key: 'loans/decisions',
          data_version: 'v1',
          metadata: {
            rows: { raw_value: 3, type: '__infer__' },
            page: { raw_value: 'https://example.org', type: 'url' },
          },
        },
      ],
      [
        'report_asset_check',
        { asset_key: 'loans/decisions', check_name: 'complete', passed: true, severity: 'ERROR', metadata: {} },
      ],
      ['report_custom_message', { payload: { any: 1 } }],
      ['closed', {}],
    ]);
    expect(sent().every((one) => one.__dagster_pipes_version === '0.1')).toBe(true);
  });

  test('the context may come in the environment itself', () => {
    const pipes = openDagsterPipes({ env: { ...env(), DAGSTER_PIPES_CONTEXT: encode({ data: CONTEXT }) } });
    pipes.close();
    expect(pipes.context).toMatchObject({ runId: '8c1f', partitionKey: '2026-05-01', jobName: 'nightly' });
  });

  test('lineage is the step’s, and what the launching side adds wins', () => {
    const extras = { tenet: { session: 'dagster/8c1f/decide', lineage: { step_key: 'decide', partition: 'own' } } };
    const pipes = openDagsterPipes({ env: env({ ...CONTEXT, extras }) });
    pipes.close();
    expect(pipes.lineage).toEqual({
      orchestrator: 'dagster',
      run_id: '8c1f',
      retry_number: 0,
      job: 'nightly',
      asset_keys: ['loans/decisions'],
      code_version: { 'loans/decisions': '3' },
      previous_input_data_versions: { 'loans/raw': 'v7' },
      partition: 'own',
      step_key: 'decide',
    });
    expect(pipes.session).toBe('dagster/8c1f/decide');
  });

  test('decisions made under run() carry lineage and session; a retry is a session of its own', () => {
    const pipes = openDagsterPipes({ env: env({ ...CONTEXT, retry_number: 2 }) });
    const inside = pipes.run(() => shared.ambient.getStore());
    pipes.close();
    expect(inside).toMatchObject({ session: 'dagster/8c1f/retry-2', origin: 'scheduler', lineage: { run_id: '8c1f' } });
    expect(shared.ambient.getStore()).toBeUndefined();
  });

  test('without an orchestrator everything runs and nothing is sent', async () => {
    const result = await withDagsterPipes(
      (pipes) => {
        pipes.reportAssetMaterialization({ metadata: { rows: 1 } });
        pipes.reportAssetCheck({ checkName: 'any', passed: true });
        return [pipes.isDagster, pipes.session, pipes.lineage];
      },
      { env: {} },
    );
    expect(result).toEqual([false, undefined, {}]);
  });

  test.each([
    ['one of the two variables', () => ({ DAGSTER_PIPES_CONTEXT: encode({ data: CONTEXT }) })],
    ['what is not zlib', () => ({ ...env(), DAGSTER_PIPES_CONTEXT: 'e30=' })],
    ['a list', () => ({ ...env(), DAGSTER_PIPES_CONTEXT: encode([]) })],
    ['a context without a run', () => env({ asset_keys: [] })],
    ['a context file that is gone', () => ({ ...env(), DAGSTER_PIPES_CONTEXT: encode({ path: join(folder, 'no') }) })],
    ['nowhere to write', () => ({ ...env(), DAGSTER_PIPES_MESSAGES: encode({ s3: 1 }) })],
  ])('%s is refused', (_what, variables) => {
    expect(() => openDagsterPipes({ env: variables() })).toThrow(PipesError);
  });
});

describe('what would make Dagster stop reading is never sent', () => {
  test.each<[string, (pipes: ReturnType<typeof openDagsterPipes>) => void]>([
    ['an asset of another step', (pipes) => pipes.reportAssetMaterialization({ assetKey: 'loans/other' })],
    [
      'a metadata type it does not know',
      (pipes) => pipes.reportAssetMaterialization({ metadata: { a: { type: 'blob' as 'text', rawValue: 1 } } }),
    ],
    [
      'a value that is not of its type',
      (pipes) => pipes.reportAssetMaterialization({ metadata: { a: { type: 'int', rawValue: 1.5 } } }),
    ],
    ['a check that is not declared', (pipes) => pipes.reportAssetCheck({ checkName: 'other', passed: true })],
    ['a result that is no boolean', (pipes) => pipes.reportAssetCheck({ checkName: 'own', passed: 1 as never })],
    [
      'a severity it does not know',
      (pipes) => pipes.reportAssetCheck({ checkName: 'own', passed: true, severity: 'X' as never }),
    ],
    ['a level it does not know', (pipes) => pipes.log('loud' as 'info', 'x')],
    [
      'a report after the end',
      (pipes) => {
        pipes.close();
        pipes.reportCustomMessage(1);
      },
    ],
  ])('%s', (_what, act) => {
    const extras = { tenet: { checks: { 'loans/decisions': ['own'] } } };
    const pipes = openDagsterPipes({ env: env({ ...CONTEXT, extras }) });
    expect(() => act(pipes)).toThrow(PipesError);
    pipes.close();
    expect(sent().map(({ method }) => method)).toEqual(['opened', 'closed']);
  });

  test('a step of several assets needs the key', () => {
    const pipes = openDagsterPipes({ env: env({ ...CONTEXT, asset_keys: ['a', 'b'] }) });
    expect(() => pipes.reportAssetMaterialization()).toThrow(/a, b/);
    pipes.reportAssetMaterialization({ assetKey: 'b' });
    pipes.close();
    expect(sent()).toHaveLength(3);
  });

  test('any metadata becomes one line of JSON that is well-formed UTF-8', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.oneof(fc.double(), fc.string({ unit: 'binary' }))),
    );
    const pipes = openDagsterPipes({ env: env() });
    let expected = 1;
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), value), (metadata) => {
        pipes.reportAssetMaterialization({ metadata: metadata });
        expected += 1;
      }),
      { numRuns: 200 },
    );
    pipes.close();
    const text = readFileSync(messagesFile);
    expect(Buffer.from(text.toString('utf8')).equals(text)).toBe(true);
    expect(sent()).toHaveLength(expected + 1);
    expect(text.toString('utf8')).not.toMatch(/\\ud[89a-f]/i);
  });
});

describe('a process that goes wrong ends with a failure and says why', () => {
  const dist = join(import.meta.dirname, '../../../packages/ghost/dist/dagster/index.js');
  const run = (body: string): { status: number | null; last: Message | undefined } => {
    const script = `import { openDagsterPipes, withDagsterPipes } from ${JSON.stringify(dist)};\n${body}`;
    const variables = { ...process.env, ...env() };
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: variables });
    return { status, last: sent().at(-1) };
  };

  test.each([
    [
      'an error inside',
      `await withDagsterPipes(() => { throw new Error('no bureau', { cause: new Error('dns') }) });`,
      /no bureau/,
    ],
    ['an end without close()', `openDagsterPipes();`, /without close/],
    ['process.exit(0) in the middle', `openDagsterPipes(); process.exit(0);`, /without close/],
    ['an error nobody caught', `openDagsterPipes(); setTimeout(() => { throw new Error('late'); }, 1);`, /late/],
    ['a rejection nobody caught', `openDagsterPipes(); void Promise.reject(new Error('lost'));`, /lost/],
    [
      'an error that was swallowed',
      `await withDagsterPipes(() => { throw new Error('quiet') }).catch(() => undefined);`,
      /quiet/,
    ],
  ])('%s', (_what, body, says) => {
    const { status, last } = run(body);
    expect(status).toBe(1);
    expect(last?.method).toBe('closed');
    expect((last?.params['exception'] as { message: string }).message).toMatch(says);
  });

  test('a good end is 0', () => {
    const { status, last } = run(`await withDagsterPipes((pipes) => pipes.reportAssetMaterialization());`);
    expect({ status, last }).toMatchObject({ status: 0, last: { method: 'closed', params: {} } });
  });
});
