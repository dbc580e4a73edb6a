import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { readLeaf } from '@tenet-ledger/record';
import type { Stack } from '../src/runtime/index.js';
import { enrolled, makeRecords } from './producer.js';
import { cpuOf, cpuShares, type Figure } from './report.js';

const BATCH = 500;
const RECORDS = 20_000;
const IN_FLIGHT = 2;

/**
 * Records per second from signing at the producer to a checkpoint that covers the last one: signed, posted over HTTP,
 * verified, sealed, committed with fsync, sequenced, checkpointed; client on the same machine.
 */
export async function benchLedger(stack: Stack): Promise<Figure> {
  const identity = await enrolled(stack, 'bench-ledger');
  const warm = makeRecords(identity, 2 * BATCH);
  await post(stack, identity.apiKey, warm);
  await stack.platform.ledger.waitLogged(
    warm.map(({ leaf }) => readLeaf(leaf).entry.id),
    { timeoutMs: 60_000 },
  );

  const pids = { ...stack.services.pids, client: process.pid };
  const before = cpuOf(pids);
  const began = performance.now();
  const last: string[] = [];
  const makes = makeRecords(identity, RECORDS);
  const signing = (performance.now() - began) / 1000;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < makes.length) {
      const batch = makes.slice(next, next + BATCH);
      next += BATCH;
      await post(stack, identity.apiKey, batch);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  for (const { leaf } of makes.slice(-BATCH)) last.push(readLeaf(leaf).entry.id);
  await stack.platform.ledger.waitLogged(last, { timeoutMs: 120_000 });
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOf(pids);
  const size = readLeaf(makes[0]?.leaf ?? '').payload.length;
  return {
    name: 'ledger append, signed to checkpointed',
    value: RECORDS / seconds,
    unit: 'records/s',
    target: 3_000,
    limit: {
      name: 'Ed25519 verification of such records by node:crypto, one thread',
      value: verifyRate(makes[0]?.leaf ?? ''),
    },
    notes: [
      `${RECORDS} records, S of ${size} bytes, 12 fields, batches of ${BATCH}, ${IN_FLIGHT} in flight; of ${seconds.toFixed(2)} s the client signed for ${signing.toFixed(2)} s`,
      `share of one core: ${cpuShares(before, after, seconds)}`,
    ],
  };
}

async function post(stack: Stack, apiKey: string, batch: ReturnType<typeof makeRecords>): Promise<void> {
  const body = batch.map((record) => JSON.stringify(record)).join('\n');
  const response = await fetch(new URL('/api/v1/records', stack.apiUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'x-api-key': apiKey },
    body,
  });
  const answer = (await response.json()) as { results?: { status: string; message?: string }[] };
  const refused = answer.results?.find(({ status }) => status !== 'accepted');
  if (!response.ok || refused !== undefined)
    throw new Error(`HTTP ${response.status}: ${JSON.stringify(refused ?? answer).slice(0, 300)}`);
}

function verifyRate(leaf: string): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = readLeaf(leaf).payload;
  const signature = sign(null, message, privateKey);
  const rounds = 5_000;
  const began = performance.now();
  for (let i = 0; i < rounds; i += 1) verify(null, message, publicKey, signature);
  return rounds / ((performance.now() - began) / 1000);
}
