import { describe, expect, it } from 'vitest';
import { registerAgent } from '../../src/api/index.js';
import { DIGEST } from '../db/replaySupport.js';
import { useApi } from './support.js';

const acme = useApi();

describe('registering an agent', () => {
  it('logs version and digest once, and mints a token every time', async () => {
    const request = { agent: 'scorer@2.0.0', digest: 'c'.repeat(64) };
    const [first, second] = [
      await registerAgent(acme.platform, acme.stores, request),
      await registerAgent(acme.platform, acme.stores, request),
    ];
    expect([second.entryId, second.registeredAt]).toEqual([first.entryId, first.registeredAt]);
    expect(second.token).not.toBe(first.token);
    const [entry] = await acme.platform.ledger.readDecisions([first.entryId]);
    expect([entry?.entry.kind, entry?.entry.agent]).toEqual(['agent', 'scorer@2.0.0']);
    expect(Object.fromEntries(entry!.fields)).toEqual({
      '/agent/name': 'scorer@2.0.0',
      '/agent/digest': 'c'.repeat(64),
    });
  });

  it('refuses a version that comes back with other code', async () => {
    await registerAgent(acme.platform, acme.stores, { agent: 'scorer@3.0.0', digest: 'c'.repeat(64) });
    const again = registerAgent(acme.platform, acme.stores, { agent: 'scorer@3.0.0', digest: 'd'.repeat(64) });
    await expect(again).rejects.toMatchObject({
      code: 'agent.digest_changed',
      message: expect.stringMatching(/digest c{64} when it was registered, d{64} now; any changed file/) as string,
      details: { field: '/digest', fix: 'give the changed agent a new version' },
    });
  });

  it.each([
    [{ agent: 'scorer', digest: DIGEST }, '/agent'],
    [{ agent: 'sc orer@1', digest: DIGEST }, '/agent'],
    [{ agent: 'scorer@1', digest: 'ABC' }, '/digest'],
  ])('refuses %j', async (request, field) => {
    await expect(registerAgent(acme.platform, acme.stores, request)).rejects.toMatchObject({
      code: 'input.invalid',
      details: { field },
    });
  });
});
