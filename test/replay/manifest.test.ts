import { createHash, createHmac } from 'node:crypto';
import { canonicalize } from '@tenet-ledger/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildRunManifest,
  contentId,
  controlKey,
  hmacSha256,
  laneSeed,
  runEntry,
  type RunRequest,
} from '../../src/replay/index.js';
import { COHORT, POLICY } from './support.js';

const request: RunRequest = {
  tenant: 'acme',
  lane: { lane: 'control', agent: 'underwriter@1.0.0', digest: 'ab'.repeat(32), repeats: 3, policy: POLICY },
  cohort: COHORT,
};

describe('identity of a run', () => {
  it('is its content: planned again it is the same run, and any changed input makes another', () => {
    const run = buildRunManifest(request);
    expect(buildRunManifest({ ...request })).toEqual(run);
    expect(run.run).toMatch(/^run_[0-9A-HJKMNP-TV-Z]{26}$/);
    const others: RunRequest[] = [
      { ...request, tenant: 'other' },
      { ...request, lane: { ...request.lane, repeats: 4 } },
      { ...request, lane: { ...request.lane, policy: { ...POLICY, liveReads: true } } },
      { ...request, cohort: { ...COHORT, hash: 'i' } },
      { ...request, budget: { maxCalls: 1, maxCost: null } },
      { ...request, runSeed: '00'.repeat(32) },
      { ...request, attempt: 2 },
    ];
    expect(new Set([run.run, ...others.map((other) => buildRunManifest(other).run)]).size).toBe(others.length + 1);
  });

  it('takes the hash of what it draws from as the seed, whatever the attempt and the budget', () => {
    const run = buildRunManifest(request);
    const { run: _run, runSeed, budget: _budget, ...rest } = run;
    expect(runSeed).toBe(createHash('sha256').update(canonicalize(rest)).digest('hex'));
    expect(buildRunManifest({ ...request, attempt: 5 }).runSeed).toBe(runSeed);
    expect(buildRunManifest({ ...request, budget: { maxCalls: 7, maxCost: 1 } }).runSeed).toBe(runSeed);
  });

  it('refuses a seed that is not 32 bytes in hex', () => {
    expect(() => buildRunManifest({ ...request, runSeed: 'AB' })).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });

  it('is logged in full before the first re-run', () => {
    const manifest = buildRunManifest(request);
    const { fields, kind } = runEntry(manifest);
    expect(kind).toBe('run');
    const back = Object.fromEntries(fields.map(({ path, value }) => [path.slice(1), value]));
    expect({ v: 1, ...back }).toEqual(manifest);
  });
});

describe('sharing a control arm', () => {
  it('needs the same code, decisions, draws, lane policy and model', () => {
    const key = controlKey(buildRunManifest(request));
    const seeded = { ...request, runSeed: buildRunManifest(request).runSeed };
    expect(controlKey(buildRunManifest({ ...request, attempt: 2 }))).toBe(key);
    expect(controlKey(buildRunManifest({ ...request, budget: { maxCalls: 9, maxCost: null } }))).toBe(key);
    const others = [
      controlKey(buildRunManifest(request), 'gpt-x'),
      controlKey(buildRunManifest({ ...seeded, lane: { ...request.lane, digest: 'cd'.repeat(32) } })),
      controlKey(buildRunManifest({ ...seeded, cohort: { ...COHORT, hash: 'i' } })),
      controlKey(buildRunManifest({ ...seeded, lane: { ...request.lane, repeats: 5 } })),
      controlKey(buildRunManifest({ ...seeded, runSeed: '11'.repeat(32) })),
    ];
    expect(new Set([key, ...others]).size).toBe(others.length + 1);
  });
});

describe('seeds of re-runs', () => {
  it('are HMAC-SHA-256 as node:crypto computes it, for keys of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.uint8Array({ maxLength: 150 }), (key, message) => {
        const expected = createHmac('sha256', key).update(message).digest('hex');
        expect(Buffer.from(hmacSha256(key, message)).toString('hex')).toBe(expected);
      }),
    );
  });

  it('differ by lane, repeat and decision, and need nothing but the run seed', () => {
    const seed = 'ab'.repeat(32);
    const expected = createHmac('sha256', Buffer.from(seed, 'hex')).update('["control",1,"dec_A"]').digest('hex');
    expect(laneSeed(seed, 'control', 1, 'dec_A')).toBe(expected);
    const all = [
      laneSeed(seed, 'candidate', 1, 'dec_A'),
      laneSeed(seed, 'control', 2, 'dec_A'),
      laneSeed(seed, 'control', 1, 'dec_B'),
    ];
    expect(new Set([expected, ...all]).size).toBe(4);
  });
});

describe('content ids', () => {
  it('do not depend on the order in which members were written', () => {
    expect(contentId('gate_', { a: 1, b: [2] })).toBe(contentId('gate_', { b: [2], a: 1 }));
  });
});
