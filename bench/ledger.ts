import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { readLeaf, type Entry } from '@tenet-ledger/record';
import type { Stack } from '../src/runtime/index.js';
import { enrolled, Producer, type Sealed } from './producer.js';
import { cpuOf, cpuUsed, type Figure } from './report.js';

const BATCH = 500;
const RECORDS = 40_000;
/** Agents that record at the same time, each with one request under way. */
const PRODUCERS = 2;

/**
 * Records per second from signing at the producer to a checkpoint that covers the last one: signed, posted over HTTP,
 * verified, sealed, committed with fsync, sequenced, checkpointed; client on the same machine.
 */
export async function benchLedger(stack: Stack): Promise<Figure> {
  const identity = await enrolled(stack, 'bench-ledger');
  const producers = Array.from({ length: PRODUCERS }, () => new Producer(identity));
  const warm = await Promise.all(producers.map((producer) => record(stack, identity.apiKey, producer, BATCH)));
  await logged(stack, warm);

  const pids = { ...stack.services.pids, client: process.pid };
  const before = cpuOf(pids);
  const began = performance.now();
  const each = RECORDS / PRODUCERS;
  const last = await Promise.all(producers.map((producer) => record(stack, identity.apiKey, producer, each)));
  await logged(stack, last);
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOf(pids);
  const [sample] = last;
  if (sample === undefined) throw new Error('nothing was recorded');
  const { leaf } = JSON.parse(sample.line) as { leaf: string };
  const { payload, entry } = readLeaf(leaf);
  return {
    name: 'ledger append, signed to checkpointed',
    value: RECORDS / seconds,
    unit: 'records/s',
    target: 4_000,
    limit: {
      name: 'Ed25519 verification of such records by node:crypto, one thread',
      value: verifyRate(payload),
    },
    notes: [
      `${RECORDS} records, S of ${payload.length} bytes, ${Object.keys(entry.fields).length} fields, ${PRODUCERS} producers, batches of ${BATCH}, in ${seconds.toFixed(2)} s`,
      ...cpuUsed(before, after, { seconds, pieces: RECORDS, unit: 'record' }),
    ],
  };
}

/** Batch after batch, each signed when the one before is acknowledged. Gives the last record. */
async function record(stack: Stack, apiKey: string, producer: Producer, count: number): Promise<Sealed> {
  let last: Sealed | undefined;
  for (let done = 0; done < count; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - done) }, () => producer.seal());
    producer.after = (await post(stack, apiKey, batch)) ?? producer.after;
    last = batch.at(-1);
  }
  if (last === undefined) throw new Error('nothing was recorded');
  return last;
}

async function logged(stack: Stack, records: readonly Sealed[]): Promise<void> {
  await stack.platform.ledger.waitLogged(
    records.map(({ id }) => id),
    { timeoutMs: 120_000 },
  );
}

interface Answer {
  readonly results?: readonly { readonly status: string; readonly message?: string }[];
  readonly checkpoint?: { readonly size: number; readonly root: string } | null;
}

async function post(stack: Stack, apiKey: string, batch: readonly Sealed[]): Promise<Entry['after']> {
  const response = await fetch(new URL('/api/v1/records', stack.apiUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'x-api-key': apiKey },
    body: batch.map(({ line }) => line).join('\n'),
  });
  const answer = (await response.json()) as Answer;
  const refused = answer.results?.find(({ status }) => status !== 'accepted');
  if (!response.ok || refused !== undefined)
    throw new Error(`HTTP ${response.status}: ${JSON.stringify(refused ?? answer).slice(0, 300)}`);
  return answer.checkpoint ? { size: answer.checkpoint.size, root: answer.checkpoint.root } : undefined;
}

function verifyRate(message: Uint8Array): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signature = sign(null, message, privateKey);
  const rounds = 5_000;
  const began = performance.now();
  for (let i = 0; i < rounds; i += 1) verify(null, message, publicKey, signature);
  return rounds / ((performance.now() - began) / 1000);
}
