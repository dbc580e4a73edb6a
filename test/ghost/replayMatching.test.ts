import { ghost } from '@tenet-ledger/ghost';
import { replayAgent, type LanePolicy } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import { describe, expect, it } from 'vitest';
import { parseReplayResult } from '../../src/replay/index.js';
import { startRecordsApi } from '../support/recordsApi.js';
import { item, POLICY, taped } from './replaySetup.js';
import { configureFor, delivered, field } from './setup.js';

const base = { name: 'a', version: '1', type: 't', outcome: (result: unknown) => String(result) };
const never = (): never => {
  throw new Error('a tool with side effects ran');
};

const read = ghost.tool('read', { effect: 'read', key: (k: string) => k }, async (_: string): Promise<string> =>
  never(),
);
const readSync = ghost.tool('readSync', { effect: 'read', key: (k: string) => k }, (_: string): string => never());
const pinned = ghost.tool(
  'pinned',
  { effect: 'read', key: (k: string) => k, asOf: (at: string, k: string) => [`${k}@${at}`] as [string] },
  async (k: string): Promise<string> => `live ${k}`,
);
const send = ghost.tool(
  'send',
  { effect: 'irreversible', key: (k: string) => k, stub: () => 'stubbed' },
  async (_: string): Promise<string> => never(),
);
const post = ghost.tool('post', { effect: 'write', key: (k: string) => k }, async (_: string): Promise<string> =>
  never(),
);
const twice = ghost.tool('twice', { effect: 'pure' }, (k: number) => k * 2);

describe('a replay', () => {
  it('gives what the capture of the same run gave, and a row the platform takes', async () => {
    const api = await startRecordsApi();
    configureFor(api);
    let calls = 0;
    const bureau = ghost.tool(
      'bureau',
      { effect: 'read', key: (q: { id: string }) => q.id },
      async (q: { id: string }) => {
        calls += 1;
        return { score: q.id.length + Math.floor(Math.random() * 1000) };
      },
    );
    const letter = ghost.tool(
      'letter',
      { effect: 'irreversible', key: (l: { to: string }) => l.to },
      async (_: { to: string; text: string }) => ({ ref: `r${calls}` }),
    );
    const decide = ghost.agent(
      {
        ...base,
        outcome: (r: { s: string }) => r.s,
        reasons: (r: { s: string; why: string[] }) => r.why,
        alternatives: () => [{ action: 'refer' }],
        confidence: () => 0.5,
      },
      async (application: { id: string }) => {
        const [b] = await Promise.all([bureau({ id: application.id }), Promise.resolve(twice(3))]);
        ghost.current()?.step(`score ${b.score}`);
        const { ref } = await letter({ to: application.id, text: `score ${b.score}` });
        return {
          s: b.score > 500 ? 'approve' : 'decline',
          why: [`letter ${ref}`, `at ${ghost.current()?.now() ?? 0}`],
        };
      },
    );
    const captured = await decide({ id: 'a-1' });
    const [record] = await delivered(api);
    await api.close();
    const tape = [...record!.fields]
      .filter(([path]) => path.startsWith('/tape/'))
      .map(([, value]) => value as unknown as TapeEntry);
    const result = await replayAgent(
      decide,
      item(tape, { decision: record!.entry.id, input: field(record, '/context/inputs')! }),
      POLICY,
    );
    expect(calls).toBe(1);
    expect(result).toMatchObject({
      status: 'done',
      outcome: captured.s,
      confidence: 0.5,
      refusal: null,
      findings: [],
      liveCalls: [],
    });
    expect(result.reasoning).toEqual([field(record, '/reasoning/0'), ...captured.why]);
    expect(result.proposedActions).toMatchObject([{ name: 'letter', key: 'a-1', effect: 'irreversible' }]);
    expect(result.calls).toEqual({ served: 2, run: 1, refused: 0, model: 0 });
    expect(() => parseReplayResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
  });

  type Case = {
    readonly says: string;
    readonly run: () => unknown;
    readonly tape: TapeEntry[];
    readonly policy?: Partial<LanePolicy>;
    readonly expected: object;
    readonly findings?: string[];
  };
  const cases: Case[] = [
    {
      says: 'serves a read by name and key',
      run: () => read('k'),
      tape: [taped('read', 'k', 'v')],
      expected: { status: 'done', outcome: 'v', calls: { served: 1, run: 0, refused: 0, model: 0 } },
    },
    {
      says: 'serves synchronous tools synchronously',
      run: () => `${readSync('k')}!`,
      tape: [taped('readSync', 'k', 'v')],
      expected: { outcome: 'v!' },
    },
    {
      says: 'serves in any order and finds that it was another one',
      run: async () => `${await read('b')}${await read('a')}`,
      tape: [taped('read', 'a', '1'), taped('read', 'b', '2')],
      expected: { status: 'done', outcome: '21' },
      findings: ['order: read came in another order than recorded'],
    },
    {
      says: 'serves equal calls in their order, and the last one again with a finding',
      run: async () => `${await read('k')}${await read('k')}${await read('k')}`,
      tape: [taped('read', 'k', '1'), taped('read', 'k', '2')],
      expected: { status: 'done', outcome: '122' },
      findings: ['again: read was called more often than recorded; the last answer was given again'],
    },
    {
      says: 'finds recorded calls that were not made, and serves a pooled tape without complaint',
      run: () => read('pooled'),
      tape: [
        taped('read', 'k', '1'),
        taped('post', 'p', '1', { effect: 'write' }),
        taped('read', 'pooled', '2', { n: 1 }),
      ],
      expected: { status: 'done', outcome: '2' },
      findings: ['not called: post', 'not called: read'],
    },
    {
      says: 'refuses a read that the tape lacks',
      run: () => read('k'),
      tape: [],
      expected: {
        status: 'refused',
        outcome: null,
        refusal: { code: 'replay.no_tape', tool: 'read', key: 'k' },
        calls: { served: 0, run: 0, refused: 1, model: 0 },
      },
    },
    {
      says: 'names the nearest recorded call and the difference',
      run: () => read('k2'),
      tape: [taped('read', 'other', '1', { args: [{ id: 9, far: true }] }), taped('read', 'k1', '1', { args: ['k1'] })],
      expected: { refusal: { nearest: 'call 2 with key k1: /0 was "k1", now "k2"' } },
    },
    {
      says: 'says which tools were recorded where none of that name was',
      run: () => read('k'),
      tape: [taped('post', 'p', 1)],
      expected: { refusal: { nearest: 'nothing of that name was recorded; recorded: post' } },
    },
    {
      says: 'refuses for good: an agent that swallows the refusal is refused all the same',
      run: async () => {
        await read('k').catch(() => undefined);
        return 'went on';
      },
      tape: [],
      expected: { status: 'refused', outcome: null, refusal: { code: 'replay.no_tape' } },
    },
    {
      says: 'answers nothing after the first refusal',
      run: async () => {
        await read('k').catch(() => undefined);
        return read('known');
      },
      tape: [taped('read', 'known', 'v')],
      expected: { status: 'refused', calls: { served: 0, run: 0, refused: 1, model: 0 } },
    },
    {
      says: 'does not read live where the lane forbids it',
      run: () => pinned('k'),
      tape: [],
      expected: { status: 'refused', refusal: { code: 'replay.no_tape' } },
    },
    {
      says: 'reads live as of the decision where lane and tool allow it, and hands the call to the pool',
      run: () => pinned('k'),
      tape: [],
      policy: { liveReads: true },
      expected: {
        status: 'done',
        outcome: 'live k@2026-01-02T03:04:05.678Z',
        calls: { served: 0, run: 1, refused: 0, model: 0 },
        liveCalls: [{ n: 1, kind: 'tool', name: 'pinned', key: 'k', result: 'live k@2026-01-02T03:04:05.678Z' }],
      },
    },
    {
      says: 'prefers the tape to a live read',
      run: () => pinned('k'),
      tape: [taped('pinned', 'k', 'taped')],
      policy: { liveReads: true },
      expected: { outcome: 'taped', liveCalls: [] },
    },
    {
      says: 'never reads live what declares no asOf',
      run: () => read('k'),
      tape: [],
      policy: { liveReads: true },
      expected: { status: 'refused', refusal: { code: 'replay.no_tape' } },
    },
    {
      says: 'proposes a write and answers it by the recorded result',
      run: () => post('p'),
      tape: [taped('post', 'p', 'r', { effect: 'write' })],
      expected: {
        status: 'done',
        outcome: 'r',
        proposedActions: [{ name: 'post', key: 'p', args: ['p'], effect: 'write' }],
      },
    },
    {
      says: 'answers an unrecorded write by its stub',
      run: () => send('p'),
      tape: [],
      expected: { status: 'done', outcome: 'stubbed', proposedActions: [{ name: 'send' }] },
      findings: ['stub: send'],
    },
    {
      says: 'refuses an unrecorded write without stub, and still proposes it',
      run: () => post('p'),
      tape: [],
      expected: { status: 'refused', proposedActions: [{ name: 'post' }], refusal: { code: 'replay.no_tape' } },
    },
    {
      says: 'runs pure tools',
      run: () => twice(4),
      tape: [],
      expected: { status: 'done', outcome: '8', calls: { served: 0, run: 1, refused: 0, model: 0 } },
    },
    {
      says: 'does not run as a read what was recorded as a write',
      run: () => pinned('k'),
      tape: [taped('pinned', 'other', 'v', { effect: 'write' })],
      policy: { liveReads: true },
      expected: { status: 'refused', proposedActions: [{ name: 'pinned', effect: 'write' }] },
      findings: ['effect: pinned declares read, recorded write'],
    },
    {
      says: 'throws a recorded error again',
      run: () => read('k').catch((error: Error & { code: string }) => `${error.code}: ${error.message}`),
      tape: [taped('read', 'k', null, { result: undefined as never, error: { code: 'E_GONE', message: 'gone' } })],
      expected: { status: 'done', outcome: 'E_GONE: gone' },
    },
    {
      says: 'refuses an answer that was not kept',
      run: () => read('k'),
      tape: [taped('read', 'k', null, { error: { code: 'tape.not_kept', message: 'not kept: a stream' } })],
      expected: { status: 'refused', refusal: { code: 'replay.not_kept' } },
    },
  ];
  it.each(cases)('$says', async ({ run, tape, policy, expected, findings }) => {
    const result = await replayAgent(ghost.agent(base, run), item(tape), { ...POLICY, ...policy });
    expect(result).toMatchObject(expected);
    expect(result.findings).toEqual(findings ?? []);
    expect(() => parseReplayResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
  });
});
