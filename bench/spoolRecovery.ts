import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { adoptAbandoned, Spool } from '@tenet-ledger/ghost/spool';
import { print, type Figure } from './report.js';

const RECORDS = 100_000;
/** A signed record of a 1.5 KB decision with its disclosures. */
const LINE_BYTES = 2_400;
const TARGET = 50_000;
const BATCH = { records: 500, bytes: 4_194_304 };
const OWNER = { kid: 'k_bench', log: 'bench.test/acme' };

const quiet = (): void => undefined;
const perSecond = (count: number, since: number): number => count / ((performance.now() - since) / 1000);

/** Taking over a dead process's spool and reading all of it back, checksums verified, in the batches that are sent. */
export function benchSpoolRecovery(dir = mkdtempSync(join(tmpdir(), 'tenet-bench-spool-'))): Figure {
  try {
    const written = write(dir);
    const start = performance.now();
    const [adopted] = adoptAbandoned({ dirs: [dir], ...OWNER, now: () => Date.now(), problem: quiet, most: 1 });
    if (adopted === undefined) throw new Error('the spool was not taken over');
    let read = 0;
    let bytes = 0;
    for (let batch = next(adopted); batch !== null; batch = next(adopted)) {
      read += batch.frames.length;
      for (const frame of batch.frames) bytes += frame.bytes.length;
    }
    const value = perSecond(read, start);
    if (read !== RECORDS || bytes !== RECORDS * LINE_BYTES) throw new Error(`${read} of ${RECORDS} records came back`);
    return {
      name: 'spool recovery',
      value,
      unit: 'records/s',
      target: TARGET,
      limit: { name: 'reading the same files with nothing checked', value: readPlainly(adopted.folder.path) },
      notes: [
        `${RECORDS.toLocaleString('en-US')} records of ${LINE_BYTES} bytes, ${Math.round((value * LINE_BYTES) / 1e6)} MB/s, files in the page cache`,
        `written at ${Math.round(written).toLocaleString('en-US')} records/s without fsync`,
      ],
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const next = ({ queue }: ReturnType<typeof adoptAbandoned>[number]): ReturnType<typeof queue.next> =>
  queue.next(BATCH.records, BATCH.bytes);

/** Records a second. */
function write(dir: string): number {
  const options = { dir, fsync: 'never', fsyncMs: 50, maxBytes: 2 ** 30, segmentBytes: 2 ** 23 } as const;
  const producer = `prd_${'0'.repeat(26)}`;
  const spool = new Spool(
    { options, producer, ...OWNER, problem: quiet, now: () => Date.now(), others: () => 0, lost: quiet },
    undefined,
  );
  const lines = Array.from({ length: 64 }, () => randomBytes(LINE_BYTES).toString('base64url').slice(0, LINE_BYTES));
  const start = performance.now();
  for (let i = 0; i < RECORDS; i += 1) if (!spool.append(lines[i % 64]!)) throw new Error('the spool is full');
  const speed = perSecond(RECORDS, start);
  spool.close();
  return speed;
}

function readPlainly(folder: string): number {
  const start = performance.now();
  for (const name of readdirSync(folder)) if (name.endsWith('.seg')) readFileSync(join(folder, name));
  return perSecond(RECORDS, start);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) print(benchSpoolRecovery());
