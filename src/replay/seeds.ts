import { canonicalize, concat, fromHex, sha256, toHex, utf8, type Sha256 } from '@tenet-ledger/record';
import type { LaneName } from './types.js';

const BLOCK = 64;

/** RFC 2104 over SHA-256. */
export function hmacSha256(key: Uint8Array, message: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const block = new Uint8Array(BLOCK);
  block.set(key.length > BLOCK ? hash(key) : key);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = block.map((byte) => byte ^ 0x5c);
  return hash(concat(outer, hash(concat(inner, message))));
}

/**
 * Seed of one re-run, hex: HMAC-SHA-256(runSeed, JCS([lane, repeat, decision])). Lanes and repeats never share draws, and a
 * re-run does not depend on which batch or worker it ran in.
 */
export function laneSeed(
  runSeedHex: string,
  lane: LaneName,
  repeat: number,
  decision: string,
  hash: Sha256 = sha256,
): string {
  return toHex(hmacSha256(fromHex(runSeedHex), utf8(canonicalize([lane, repeat, decision])), hash));
}
