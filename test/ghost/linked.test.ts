import { ghost } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRecordsApi, type ReceivedRecord, type RecordsApi } from '../support/recordsApi.js';
import { configureFor, delivered } from './setup.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

describe('what follows a decision', () => {
  it('is recorded as effect, override and correction, linked to it', async () => {
    configureFor(api, { redact: { paths: ['/context/inputs/ssn'] } });
    let inRun: string | undefined;
    const decide = ghost.agent({ name: 'a', version: '1' }, () => {
      inRun = ghost.effect(ghost.current()!.decision, { action: 'letter.sent', target: 'ann', detail: { at: 1 } });
      return 'approve';
    });
    decide();
    const first = ghost.decision({ agent: 'desk', version: '1', type: 't', outcome: 'decline' })!;
    const effect = ghost.effect(first, {
      action: 'pay',
      result: 'pending',
      key: 'once',
      type: 'payment',
      agent: 'p@1',
    });
    expect(ghost.effect(first, { action: 'pay', result: 'pending', key: 'once', type: 'payment' })).toBe(effect);
    ghost.override(first, {
      by: 'ann',
      reason: 'income was net',
      outcome: 'approve',
      previous: 'decline',
      shownAt: new Date('2026-01-01T00:00:00Z'),
      decidedAt: '2026-01-01T00:01:30Z',
    });
    ghost.correction(first, {
      reason: 'typing',
      fields: { '/context/inputs/income': 12, '/context/inputs/ssn': '078-05-1120' },
      by: 'bob',
    });
    const records = await delivered(api);
    const of = (kind: string): ReceivedRecord | undefined => records.find(({ entry }) => entry.kind === kind);
    expect(records.map(({ entry }) => entry.kind).sort()).toEqual(
      ['correction', 'decision', 'decision', 'effect', 'effect', 'override'].sort(),
    );
    const mine = records.find(({ entry }) => entry.id === inRun);
    expect(mine?.entry).toMatchObject({ type: 'effect', agent: 'a@1' });
    expect(Object.fromEntries(mine!.fields)).toEqual({
      '/effect/action': 'letter.sent',
      '/effect/target': 'ann',
      '/effect/result': 'success',
      '/effect/detail': { at: 1 },
    });
    expect(records.find(({ entry }) => entry.id === effect)?.entry).toMatchObject({
      type: 'payment',
      agent: 'p@1',
      links: [{ rel: 'decision', id: first }],
    });
    expect(Object.fromEntries(of('override')!.fields)).toEqual({
      '/override/by': 'ann',
      '/override/reason': 'income was net',
      '/override/outcome': 'approve',
      '/override/previous': 'decline',
      '/override/shownAt': '2026-01-01T00:00:00.000Z',
      '/override/decidedAt': '2026-01-01T00:01:30.000Z',
      '/override/dwellMs': 90_000,
    });
    expect(Object.fromEntries(of('correction')!.fields)).toEqual({
      '/correction/reason': 'typing',
      '/correction/fields': { '/context/inputs/income': 12, '/context/inputs/ssn': '[redacted:path]' },
      '/correction/by': 'bob',
    });
    for (const { entry, signatureOk } of records) {
      expect(signatureOk).toBe(true);
      expect(entry.id).toMatch(/^(dec|eff|ovr|cor)_[0-9A-HJKMNP-TV-Z]{26}$/);
    }
  });

  it('is refused with its reason where it says nothing', async () => {
    const { problems } = configureFor(api);
    expect(ghost.effect('dec_1', { action: '' })).toBeUndefined();
    expect(ghost.effect('no id', { action: 'x' })).toBeUndefined();
    expect(ghost.override('dec_1', { by: 'a', reason: 'b', outcome: 'c', decidedAt: 'soon' })).toBeUndefined();
    expect(ghost.correction('dec_1', { reason: 'a', fields: { income: 1 } })).toBeUndefined();
    expect(ghost.effect('dec_1', { action: 'x', detail: (async function* () {})() })).toBeUndefined();
    expect(problems.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'record.invalid'));
    expect(await delivered(api)).toEqual([]);
  });
});
