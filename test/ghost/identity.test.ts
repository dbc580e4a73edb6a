import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBase64, utf8 } from '@tenet-ledger/record';
import { ensureKeyFile, ghost, nodeSigner, nodeVerify } from '@tenet-ledger/ghost';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newUlid } from '../../packages/ghost/src/ulid.js';
import { startRecordsApi, type RecordsApi } from '../support/recordsApi.js';

let api: RecordsApi;
beforeEach(async () => {
  api = await startRecordsApi();
});
afterEach(() => api.close());

describe('keys and enrolment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ghost-keys-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('makes a key file once, readable by its owner alone', () => {
    const file = join(folder, 'deep', 'record.pem');
    const first = ensureKeyFile(file);
    expect(ensureKeyFile(file).keyId).toBe(first.keyId);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain('BEGIN PRIVATE KEY');
  });

  it('signs what packages/record verifies', () => {
    const signer = nodeSigner(generateKeyPairSync('ed25519').privateKey);
    const message = utf8('hello');
    expect(nodeVerify(signer.sign(message), message, signer.publicKey)).toBe(true);
    expect(nodeVerify(signer.sign(message), utf8('hellp'), signer.publicKey)).toBe(false);
  });

  it('proves possession of the key under the token and returns what configure needs', async () => {
    const seen: { token: unknown; body: { publicKey: string; proof: string } }[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const body = JSON.parse(text) as { publicKey: string; proof: string };
        seen.push({ token: request.headers['x-api-key'], body });
        const { keyId: kid } = ensureKeyFile(file);
        const refused = request.headers['x-api-key'] !== 'tnt_once';
        const answer = refused
          ? { code: 'auth.invalid', detail: 'the token was used' }
          : {
              tenant: 'acme',
              log: 'l/acme',
              origin: 'l/acme/1',
              vkey: 'v',
              kid,
              index: 4,
              tagKey: 't',
              apiKey: 'tnt_new',
            };
        response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = join(folder, 'enrol.pem');
    const identity = await ghost.enrol({ endpoint, token: 'tnt_once', keyFile: file });
    expect(identity).toMatchObject({
      endpoint,
      keyFile: file,
      apiKey: 'tnt_new',
      tenant: 'acme',
      log: 'l/acme',
      index: 4,
    });
    const { publicKey, proof } = seen[0]!.body;
    const message = utf8(`tenet-enrol-v1\n${createHash('sha256').update('tnt_once').digest('hex')}\n${publicKey}`);
    expect(nodeVerify(fromBase64(proof), message, fromBase64(publicKey))).toBe(true);
    await expect(ghost.enrol({ endpoint, token: 'tnt_other', keyFile: file })).rejects.toMatchObject({
      code: 'auth.invalid',
    });
    server.close();
    server.closeAllConnections();
    await expect(ghost.enrol({ endpoint, token: 'tnt_once', keyFile: file })).rejects.toMatchObject({
      code: 'api.unavailable',
    });
  });
});

describe('ids', () => {
  it('are ULIDs: the published example, and in order of time', () => {
    expect(newUlid(1469918176385)).toMatch(/^01ARYZ6S41[0-9A-HJKMNP-TV-Z]{16}$/);
    expect(newUlid(2 ** 48 - 1)).toMatch(/^7ZZZZZZZZZ/);
    expect(newUlid(1) < newUlid(2)).toBe(true);
  });

  it('differ, however many are made in a moment, and use every digit in every place', () => {
    const many = Array.from({ length: 50_000 }, () => newUlid(1469918176385));
    expect(new Set(many).size).toBe(many.length);
    for (let place = 10; place < 26; place += 1) expect(new Set(many.map((one) => one[place])).size).toBe(32);
  });
});
