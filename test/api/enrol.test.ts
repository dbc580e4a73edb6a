import { describe, expect, it } from 'vitest';
import { toBase64, type RecordSigner } from '@tenet-ledger/record';
import { enrolmentMessage } from '../../src/api/index.js';
import { ndjson, newSigner, postNdjson, useApi } from './support.js';

const acme = useApi();

const newToken = async (): Promise<string> =>
  (await acme.stores.apiKeys.mint({ scopes: ['enrol'], label: 'first host', singleUse: true })).apiKey;

const bodyOf = (token: string, signer: RecordSigner, key = signer.publicKey): object => {
  const publicKey = toBase64(key);
  return { publicKey, proof: toBase64(signer.sign(enrolmentMessage(token, publicKey))) };
};

const enrol = (token: string, payload: object | string) =>
  acme.app.inject({
    method: 'POST',
    url: '/api/v1/keys/enrol',
    headers: { 'x-api-key': token, 'content-type': 'application/json' },
    payload,
  });

describe('POST /keys/enrol', () => {
  it('gives an identity and an API key that is bound to the new record key', async () => {
    const [token, signer] = [await newToken(), newSigner()];
    const response = await enrol(token, bodyOf(token, signer));
    expect(response.statusCode).toBe(200);
    const answer = response.json<Record<string, string>>();
    const { tenant, log, origin, vkey, tagKey, sealKey } = acme.platform;
    expect(answer).toEqual({
      tenant,
      log,
      origin,
      vkey,
      tagKey: toBase64(tagKey),
      sealKey: { kid: sealKey.kid, publicKey: toBase64(sealKey.publicKey) },
      kid: signer.keyId,
      index: expect.any(Number) as unknown,
      apiKey: expect.stringMatching(/^tnt_/) as unknown,
    });
    expect(await acme.stores.apiKeys.verify(answer['apiKey']!)).toMatchObject({ scopes: ['write'], kid: signer.keyId });
  });

  it('uses a token once: of two producers at the same time one wins, and only its key counts', async () => {
    const token = await newToken();
    const signers = [newSigner(), newSigner()];
    const answers = await Promise.all(signers.map((signer) => enrol(token, bodyOf(token, signer))));
    expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 401]);
    const kids = signers.map((signer) => signer.keyId);
    const rows = await acme.database.db.sql('select kid from record_keys where kid = any($1)', [kids]);
    expect(rows).toHaveLength(1);
    const late = newSigner();
    expect((await enrol(token, bodyOf(token, late))).json()).toMatchObject({ status: 401, code: 'auth.invalid' });
  });

  it('gives the token back when the key could not be logged', async () => {
    const [token, signer] = [await newToken(), newSigner()];
    await acme.database.db.sql(`update heads set halted = 'test' where tenant = 'acme'`);
    const failed = await enrol(token, bodyOf(token, signer));
    expect(failed.statusCode).toBeGreaterThanOrEqual(500);
    await acme.database.db.sql(`update heads set halted = null where tenant = 'acme'`);
    expect((await enrol(token, bodyOf(token, signer))).statusCode).toBe(200);
  });

  it.each([
    [
      'a proof for another token',
      async (token: string, s: RecordSigner) => ({ ...bodyOf(await newToken(), s) }),
      422,
      'record.signature',
      '/proof',
    ],
    [
      'a proof by another key',
      async (token: string, s: RecordSigner) => bodyOf(token, newSigner(), s.publicKey),
      422,
      'record.signature',
      '/proof',
    ],
    [
      'a proof that is not base64',
      async (token: string, s: RecordSigner) => ({ ...bodyOf(token, s), proof: 'no!' }),
      400,
      'input.invalid',
      '/proof',
    ],
    [
      'no proof',
      async (token: string, s: RecordSigner) => ({ publicKey: toBase64(s.publicKey) }),
      400,
      'input.invalid',
      '/proof',
    ],
    [
      'a public key of small order',
      async () => ({ publicKey: toBase64(new Uint8Array(32)), proof: '' }),
      400,
      'input.invalid',
      '/publicKey',
    ],
    ['a short public key', async () => ({ publicKey: 'AAAA', proof: '' }), 400, 'input.invalid', '/publicKey'],
    [
      'a member too many',
      async (token: string, s: RecordSigner) => ({ ...bodyOf(token, s), role: 'platform' }),
      400,
      'input.invalid',
      '/role',
    ],
    ['text that is not JSON', async () => '{"publicKey": secret', 400, 'input.invalid', ''],
  ] as const)('refuses %s and keeps the token', async (_name, payload, status, code, field) => {
    const [token, signer] = [await newToken(), newSigner()];
    const response = await enrol(token, await payload(token, signer));
    expect([response.statusCode, response.json()]).toMatchObject([status, { code, field }]);
    expect(response.body).not.toContain('secret');
    expect(await acme.stores.apiKeys.verify(token)).not.toBeNull();
  });

  it('takes JSON alone, and not an API key of another scope', async () => {
    const token = await newToken();
    expect((await postNdjson(acme, '/api/v1/keys/enrol', token, ndjson([{}]))).statusCode).toBe(415);
    const { apiKey } = await acme.stores.apiKeys.mint({ scopes: ['write'], label: 'w', kid: 'k' });
    expect((await enrol(apiKey, {})).json()).toMatchObject({ status: 403, code: 'auth.forbidden' });
  });
});
