import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { readLeaf } from '@tenet-ledger/record';
import type { Stack } from '../src/runtime/index.js';
import { logged, record } from './postRecords.js';
import { enrolled, Producer } from './producer.js';
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
  const warm = await Promise.all(
    producers.map((producer) => record(stack, identity.apiKey, producer, { count: BATCH, batch: BATCH })),
  );
  await logged(stack, warm);

  const pids = { ...stack.services.pids, client: process.pid };
  const before = cpuOf(pids);
  const began = performance.now();
  const each = RECORDS / PRODUCERS;
  const last = await Promise.all(
    producers.map((producer) => record(stack, identity.apiKey, producer, { count: each, batch: BATCH })),
  );
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

function verifyRate(message: Uint8Array): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signature = sign(null, message, privateKey);
  const rounds = 5_000;
  const began = performance.now();
  for (let i = 0; i < rounds; i += 1) verify(null, message, publicKey, signature);
  return rounds / ((performance.now() - began) / 1000);
}
