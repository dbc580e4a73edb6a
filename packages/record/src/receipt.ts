import { fromBase64, toBase64 } from './base64.js';
import { parseDecimal } from './checkpoint.js';
import { RecordError } from './errors.js';

// C2SP tlog-proof v1. Base64 must be canonical, as the newer text of the specification asks.

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_HASHES = 64;

export interface Receipt {
  readonly index: number;
  /** RFC 6962 §2.1.1 inclusion proof, from the leaf's sibling upwards. */
  readonly hashes: readonly Uint8Array[];
  /** The whole checkpoint note, verbatim. */
  readonly checkpoint: string;
  /** Not authenticated by anything. */
  readonly extra?: Uint8Array;
}

export function formatReceipt({ index, hashes, checkpoint, extra }: Receipt): string {
  if (!Number.isSafeInteger(index) || index < 0) refuse('an index from 0', String(index));
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map((hash) => {
      if (hash.length !== 32) refuse('hashes of 32 bytes', `${hash.length} bytes`);
      return toBase64(hash);
    }),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Form only; nothing is verified here. */
export function parseReceipt(text: string): Receipt {
  const blank = text.indexOf('\n\n');
  if (blank < 0) refuse('a blank line before the checkpoint', 'none');
  const checkpoint = text.slice(blank + 2);
  if (checkpoint === '') refuse('a checkpoint at the end', 'nothing');
  const lines = text.slice(0, blank).split('\n');
  if (lines.shift() !== HEADER) refuse(`the header ${HEADER}`, text.slice(0, 40));
  let extra: Uint8Array | undefined;
  if (lines[0]?.startsWith('extra ')) extra = fromBase64(lines.shift()!.slice('extra '.length));
  const indexLine = lines.shift() ?? '';
  if (!indexLine.startsWith('index ')) refuse('an index line', indexLine);
  const index = parseDecimal(indexLine.slice('index '.length));
  if (lines.length > MAX_HASHES) refuse(`at most ${MAX_HASHES} hashes`, `${lines.length}`);
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash.length !== 32) refuse('hashes of 32 bytes', `${hash.length} bytes`);
    return hash;
  });
  return extra === undefined ? { index, hashes, checkpoint } : { index, hashes, checkpoint, extra };
}

function refuse(expected: string, got: string): never {
  throw new RecordError('record.receipt', `malformed receipt: expected ${expected}`, {
    expected,
    got: got.slice(0, 200),
  });
}
