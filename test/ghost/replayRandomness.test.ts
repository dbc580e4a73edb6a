import { createHmac } from 'node:crypto';
import { ghost } from '@tenet-ledger/ghost';
import { Draws, replayAgent } from '@tenet-ledger/ghost/replay';
import type { TapeEntry } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256, laneSeed } from '../../src/replay/index.js';
import { item, POLICY, SEED, taped } from './replaySetup.js';

const base = { name: 'a', version: '1', type: 't', outcome: (result: unknown) => String(result) };

describe('randomness, clock and ids in replay', () => {
  const draw = ghost.agent(base, () => Array.from({ length: 4 }, () => ghost.current()!.random()).join());

  it('draws the same numbers for the same seed, as HMAC says', async () => {
    const expected = Array.from({ length: 4 }, (_, i) => {
      const counter = Buffer.alloc(8);
      counter.writeBigUInt64BE(BigInt(i));
      const mac = createHmac('sha256', Buffer.from(SEED, 'hex')).update(counter).digest();
      return Number(mac.readBigUInt64BE() >> 11n) / 2 ** 53;
    }).join();
    expect(await replayAgent(draw, item(), POLICY)).toMatchObject({ status: 'done', outcome: expected });
  });

  it('agrees with an HMAC that does not come from node, and stays in [0, 1)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const draws = new Draws(Buffer.from(bytes).toString('hex'));
        for (let i = 0; i < 3; i += 1) {
          const counter = new Uint8Array(8);
          counter[7] = i;
          const mac = hmacSha256(bytes, counter);
          const top = new DataView(mac.buffer, mac.byteOffset).getBigUint64(0) >> 11n;
          const value = draws.random();
          expect(value).toBe(Number(top) / 2 ** 53);
          expect(value >= 0 && value < 1).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('never shares draws between lanes and repeats', async () => {
    const outcomes = new Set<string | null>();
    for (const lane of ['control', 'candidate'] as const) {
      for (const repeat of [1, 2, 3]) {
        const seed = laneSeed('ab'.repeat(32), lane, repeat, 'dec_1');
        outcomes.add((await replayAgent(draw, item([], { seed }), POLICY)).outcome);
      }
    }
    expect(outcomes.size).toBe(6);
  });

  it('serves recorded numbers in strict lanes, and refuses more than were recorded', async () => {
    const random = (result: number): TapeEntry =>
      taped('random', 'random', result, { kind: 'random', effect: 'pure', args: [] });
    const strict = { ...POLICY, randomness: 'strict' as const };
    const tape = [0.1, 0.2, 0.3, 0.4].map(random);
    expect(await replayAgent(draw, item(tape), strict)).toMatchObject({ outcome: '0.1,0.2,0.3,0.4', findings: [] });
    expect(await replayAgent(draw, item(tape.slice(1)), strict)).toMatchObject({
      status: 'refused',
      refusal: { code: 'replay.no_tape', tool: 'random' },
    });
  });

  it('serves clock and ids, and goes on by rule where the tape ends', async () => {
    const agent = ghost.agent(base, () => {
      const current = ghost.current()!;
      return [current.now(), current.now(), current.id(), current.id(), current.id()].join(' ');
    });
    const tape = [
      taped('clock', 'clock', 1_800_000_000_000, { kind: 'clock', args: [] }),
      taped('id', 'id', 'id-1', { kind: 'id', args: [] }),
    ];
    const [one, two] = [await replayAgent(agent, item(tape), POLICY), await replayAgent(agent, item(tape), POLICY)];
    expect(one).toEqual({ ...two, durMs: one.durMs });
    const [first, second, id1, id2, id3] = one.outcome!.split(' ');
    expect([first, second, id1]).toEqual(['1800000000000', '1800000000001', 'id-1']);
    expect(id2).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id3).not.toBe(id2);
    expect(one.findings).toEqual(['clock: read more often than recorded', 'id: more ids were made than recorded']);
  });

  it('starts the clock at the time of the decision where none was recorded', async () => {
    const agent = ghost.agent(base, () => ghost.current()!.now());
    expect((await replayAgent(agent, item(), POLICY)).outcome).toBe(String(Date.parse('2026-01-02T03:04:05.679Z')));
  });
});
