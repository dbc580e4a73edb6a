import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReplayResult } from '@tenet-ledger/ghost/replay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayChild } from '../../workers/agent/replayChild.js';
import { taped } from '../ghost/replaySetup.js';
import { line, newChild, runLines } from './childSetup.js';
import { POLICY } from '../ghost/replaySetup.js';

let child: ReplayChild;
const folder = mkdtempSync(join(tmpdir(), 'tenet-child-'));

beforeAll(() => {
  child = newChild();
});
afterAll(async () => {
  await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a process of its own', () => {
  const fast = { timeoutMs: 800 };

  it('does not outlive an agent that loops: the decision is a time-out, the next goes on', async () => {
    const before = child.pid;
    const results = await runLines(
      child,
      [line('ok'), line('loop'), line('ok'), line('loopAfterAwait'), line('ok')],
      fast,
    );
    expect(results.map((result) => result.status)).toEqual(['done', 'timeout', 'done', 'timeout', 'done']);
    expect(results[1]).toMatchObject({ decision: 'dec_loop', refusal: { code: 'replay.timeout' } });
    expect(child.pid).not.toBe(before);
  });

  it('starts afresh after a decision that hangs', async () => {
    const results = await runLines(child, [line('hang'), line('ok')], fast);
    expect(results.map((result) => result.status)).toEqual(['timeout', 'done']);
  });

  it.each([
    ['exits', 'exit', 'exit code 7'],
    ['is killed', 'kill', 'signal SIGKILL'],
    ['uses up its memory', 'memory', 'signal SIGABRT'],
  ])('turns a decision in which it %s into a failed row and runs the rest', async (_, act, end) => {
    const results = await runLines(child, [line('ok'), line(act), line('ok')], { timeoutMs: 20_000 });
    expect(results.map((result) => result.status)).toEqual(['done', 'failed', 'done']);
    expect(results[1]).toMatchObject({ decision: `dec_${act}`, refusal: { code: 'replay.crashed' } });
    expect(results[1]?.refusal?.message).toContain(end);
  });

  it.each([
    ['throws', 'throw', { status: 'failed', refusal: { code: 'replay.threw' } }],
    [
      'throws from a timer',
      'throwLater',
      {
        status: 'failed',
        refusal: { code: 'replay.threw', message: 'the agent threw where nothing catches: from a timer' },
      },
    ],
    [
      'leaves a rejection behind',
      'leaveRejection',
      { status: 'failed', outcome: null, refusal: { code: 'replay.threw' } },
    ],
    ['gives no outcome', 'none', { status: 'invalid', refusal: { code: 'replay.no_outcome' } }],
    ['gives a NaN confidence', 'nan', { status: 'invalid', refusal: { code: 'replay.bad_confidence' } }],
    ['gives a 10 MB rationale', 'big', { status: 'invalid', refusal: { code: 'replay.too_large' } }],
  ])('turns a decision that %s into a row and runs the rest', async (_, act, expected) => {
    const [bad, next] = await runLines(child, [line(act), line('ok')]);
    expect(bad).toMatchObject({ decision: `dec_${act}`, ...expected });
    expect(next).toMatchObject({ status: 'done', findings: [] });
  });

  it('turns a line that is no item into a row', async () => {
    const bad = JSON.stringify({ decision: 'dec_bad', input: 1, tape: [], seed: 'short', occurredAt: 'x', ord: 1 });
    const results = await runLines(child, [bad, line('ok')]);
    expect(results).toMatchObject([
      { decision: 'dec_bad', status: 'failed', refusal: { code: 'replay.bad_item' } },
      { status: 'done' },
    ]);
  });

  it('never invokes a tool with side effects', async () => {
    const file = join(folder, 'outbox');
    const results = await runLines(child, [
      line('letter', { to: 'a', file }),
      line('post', { to: 'a', file }),
      line('letter', { to: 'b', file }, { tape: [taped('letter', 'b', 'recorded', { n: 1, effect: 'irreversible' })] }),
    ]);
    expect(results.map((result) => [result.status, result.outcome])).toEqual([
      ['done', 'stub'],
      ['refused', null],
      ['done', 'recorded'],
    ]);
    for (const result of results) expect(result.proposedActions).toHaveLength(1);
    expect(existsSync(file)).toBe(false);
  });

  it('answers tool calls whose async context was lost', async () => {
    const [served, refused] = await runLines(child, [
      line('lost', { k: 'a' }, { tape: [taped('read', 'a', 'recorded', { n: 1 })] }),
      line('lost', { k: 'b' }),
    ]);
    expect(served).toMatchObject({ status: 'done', outcome: 'recorded' });
    expect(refused).toMatchObject({ status: 'refused', refusal: { code: 'replay.no_tape', tool: 'read', key: 'b' } });
  });

  it('finds direct use of clock and randomness, and only there', async () => {
    const [direct, seen] = await runLines(child, [line('direct'), line('seen')]);
    expect(direct?.findings).toEqual(['direct: Date.now', 'direct: Math.random', 'direct: new Date()']);
    expect(seen?.findings).toEqual([]);
  });

  it('draws by the seed alone: the same in another process and in another order', async () => {
    const lines = [
      line('seen', {}, { decision: 'a', seed: 'aa'.repeat(32) }),
      line('seen', {}, { decision: 'b', seed: 'bb'.repeat(32) }),
    ];
    const other = newChild();
    const [one, two] = [await runLines(child, lines), await runLines(other, lines.toReversed())];
    await other.stop();
    const plain = (results: readonly ReplayResult[]) => results.map((result) => ({ ...result, durMs: 0 }));
    expect(plain(one)).toEqual(plain(two).toReversed());
  });

  it('does not lose rows when many jobs wait at once', async () => {
    const jobs = Array.from({ length: 12 }, (_, i) => [
      line('ok', {}, { decision: `d${i}a` }),
      line(i === 5 ? 'exit' : 'ok', {}, { decision: `d${i}b` }),
    ]);
    const done = await Promise.all(jobs.map((lines) => runLines(child, lines)));
    expect(done.flat().map((result) => result.decision)).toEqual(jobs.flatMap((_, i) => [`d${i}a`, `d${i}b`]));
    expect(done.flat().filter((result) => result.status === 'failed')).toHaveLength(1);
  });

  it('drops a cancelled job and goes on with others', async () => {
    const stop = new AbortController();
    const slow = child.run({
      lines: [line('hang'), line('ok')],
      policy: { ...POLICY, timeoutMs: 300 },
      takeCall: null,
      signal: stop.signal,
    });
    const next = runLines(child, [line('ok')]);
    await sleep(50);
    stop.abort();
    await expect(slow).rejects.toMatchObject({ code: 'interrupted' });
    expect(await next).toMatchObject([{ status: 'done' }]);
  });
});
