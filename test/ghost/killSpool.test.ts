import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { toBase64 } from '@tenet-ledger/record';
import { ensureKeyFile } from '@tenet-ledger/ghost';
import { rawPublicKey, sealKidOf } from '@tenet-ledger/ghost/spool';
import { expect, it } from 'vitest';
import { startRecordsApi, trust, type Hitch, type ReceivedRecord } from '../support/recordsApi.js';
import { filesIn, LOG, Pipes } from './support/pipelines.js';
import { killMany, killOptions, passTheMinute, spooledIds } from './support/killed.js';

const KILLS = process.env['TENET_LONG'] === undefined ? 20 : 200;

const TROUBLE: readonly Hitch[] = [
  'hang-up',
  'lose-answer',
  'garbage',
  { status: 503 },
  { status: 429, retryAfter: '0' },
];

function expectWholeChains(received: readonly ReceivedRecord[]): number {
  const chains = new Map<string, ReceivedRecord[]>();
  for (const record of received) {
    const { id } = record.entry.producer;
    chains.set(id, [...(chains.get(id) ?? []), record]);
  }
  for (const chain of chains.values()) {
    chain.sort((a, b) => a.entry.producer.seq - b.entry.producer.seq);
    expect(chain.map(({ entry }) => entry.producer.seq)).toEqual(chain.map((_, i) => i + 1));
    chain.slice(1).forEach(({ entry }, i) => expect(entry.producer.prev).toBe(chain[i]!.sHash));
  }
  return chains.size;
}

it(
  `a process killed ${KILLS} times under load has lost nothing that was spooled, sent nothing twice and left no gap`,
  async () => {
    const api = await startRecordsApi();
    const pipes = new Pipes();
    const dir = pipes.dir();
    const keyFile = join(pipes.dir(), 'key.pem');
    const signer = trust(ensureKeyFile(keyFile));
    const { privateKey } = generateKeyPairSync('x25519');
    const publicKey = rawPublicKey(privateKey);
    const sealKey = { kid: sealKidOf(publicKey), publicKey: toBase64(publicKey) };
    api.sealKeys.set(sealKey.kid, privateKey);
    let met = 0;
    const killed = await killMany(KILLS, dir, (run) => {
      // One trouble at a time: what the killed did not meet must not wait for the last.
      if (api.requests.length > met || run === 0) api.hitch(TROUBLE[run % TROUBLE.length]!);
      met = api.requests.length;
      return killOptions({
        keyFile,
        endpoint: api.url,
        log: LOG,
        dir,
        run,
        sealKey: run % 2 === 0 ? sealKey : undefined,
      });
    });
    const sent = api.received.length;

    passTheMinute(dir);
    const { pipeline, problems } = pipes.make(api.url, { signer, spool: { dir } });
    await expect.poll(() => filesIn(dir), { timeout: KILLS * 1_000, interval: 100 }).toEqual({});
    pipeline.close();

    const ids = api.received.map(({ entry }) => entry.id);
    const unique = new Set(ids);
    expect(unique.size).toBe(ids.length);
    const spooled = spooledIds(killed);
    expect(spooled.filter((id) => !unique.has(id))).toEqual([]);
    expect(api.received.every(({ signatureOk }) => signatureOk)).toBe(true);
    expect(expectWholeChains(api.received)).toBe(KILLS);
    expect(problems.filter(({ code }) => code.startsWith('spool.'))).toEqual([]);
    if (process.env['TENET_LONG'] !== undefined)
      console.log(
        `${KILLS} kills: ${spooled.length} records were known to be spooled, ${ids.length} arrived, ${sent} of them before the last kill`,
      );
    pipes.clear();
    await api.close();
  },
  KILLS * 3_000,
);
