import { gzipSync } from 'node:zlib';
import {
  encodeHeader,
  encodePosted,
  headerDigestOf,
  SPOOL_CONTENT_TYPE,
  segmentSealer,
} from '@tenet-ledger/ghost/spool';
import type { Stack } from '../src/runtime/index.js';
import { asLines, logged, record, type Encode } from './postRecords.js';
import { enrolled, Producer } from './producer.js';
import { cpuOf, cpuUsed } from './report.js';

const BATCH = 500;
const RECORDS = 10_000;
const PRODUCERS = 2;

/** What the ways to post the same records cost, as the SDKs use them: lines, zipped lines, frames of a sealed spool. */
export async function benchIngest(stack: Stack): Promise<string[]> {
  const identity = await enrolled(stack, 'bench-ingest');
  const lines: string[] = ['ingest by encoding, signed to checkpointed'];
  for (const [name, encode] of Object.entries(encodings(stack, identity.kid))) {
    const producers = Array.from({ length: PRODUCERS }, () => new Producer(identity));
    const run = async (count: number): Promise<void> =>
      logged(
        stack,
        await Promise.all(
          producers.map((producer) => record(stack, identity.apiKey, producer, { count, batch: BATCH, encode })),
        ),
      );
    await run(BATCH);
    const pids = { ...stack.services.pids, client: process.pid };
    const before = cpuOf(pids);
    const began = performance.now();
    await run(RECORDS / PRODUCERS);
    const seconds = (performance.now() - began) / 1000;
    lines.push(`  ${name}: ${Math.round(RECORDS / seconds).toLocaleString('en-US')} records/s`);
    lines.push(
      ...cpuUsed(before, cpuOf(pids), { seconds, pieces: RECORDS, unit: 'record' }).map((text) => `    ${text}`),
    );
  }
  return lines;
}

function encodings({ platform }: Stack, kid: string): Record<string, Encode> {
  const zipped: Encode = (batch) => {
    const { headers, body } = asLines(batch);
    return { headers: { ...headers, 'content-encoding': 'gzip' }, body: new Uint8Array(gzipSync(body, { level: 1 })) };
  };
  const sealed: Encode = (batch) => {
    const sealer = segmentSealer(platform.sealKey);
    const created = new Date().toISOString();
    const header = encodeHeader({
      created,
      format: 1,
      kid,
      log: platform.log,
      producer: 'prd_bench',
      seal: sealer.seal,
      segment: 1,
    });
    const digest = headerDigestOf(header);
    const frames = batch.map(({ line }, at) => ({
      index: at + 1,
      bytes: sealer.sealFrame(at + 1, digest, Buffer.from(line)),
    }));
    return { headers: { 'content-type': SPOOL_CONTENT_TYPE }, body: new Uint8Array(encodePosted(header, frames)) };
  };
  return { lines: asLines, 'zipped lines': zipped, 'frames of a sealed spool': sealed };
}
