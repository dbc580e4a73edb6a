import { openSealedFrames, SPOOL_CONTENT_TYPE, SpoolError, type PostedRecord } from '@tenet-ledger/ghost/spool';
import { AppError } from '../../errors/index.js';
import type { SealKeys } from '../../platform/index.js';
import { decodeLine, type NdjsonLine } from './ndjson.js';

export const SPOOL = SPOOL_CONTENT_TYPE;

/**
 * A posted part of a producer's spool as the lines that it holds, opened one by one as they are asked for. A frame that does
 * not open is one bad line; a body that breaks off, and one sealed to a key that is not ours, are refused whole.
 */
export function readSealedSpool(
  body: unknown,
  sealKeys: Pick<SealKeys, 'byKid'>,
  limits: { readonly lineBytes: number; readonly lines: number },
): Iterable<NdjsonLine> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const { records } = told(() => openSealedFrames(bytes, (kid) => sealKeys.byKid(kid)?.privateKey));
  return linesOf(records[Symbol.iterator](), limits);
}

function* linesOf(
  records: Iterator<PostedRecord>,
  limits: { readonly lineBytes: number; readonly lines: number },
): Generator<NdjsonLine, void> {
  for (let line = 1; ; line += 1) {
    const next = told(() => records.next());
    if (next.done === true) {
      if (line === 1) throw new AppError('spool.invalid', 'the body holds no record', { field: '' });
      return;
    }
    if (line > limits.lines) {
      throw new AppError('input.too_large', `a batch has at most ${limits.lines} records`, {
        expected: String(limits.lines),
      });
    }
    const record = next.value;
    if ('problem' in record) yield { line, text: '', problem: 'spool.invalid', message: record.problem.message };
    else yield decodeLine(line, record.line, limits.lineBytes);
  }
}

/** The decoder's messages name places and keys, never contents. */
function told<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof SpoolError)) throw cause;
    const code = cause.code === 'spool.seal_key_unknown' ? 'spool.seal_key_unknown' : 'spool.invalid';
    throw new AppError(code, cause.message, { field: '' }, { cause });
  }
}
