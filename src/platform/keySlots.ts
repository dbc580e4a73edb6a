import { hash } from 'node:crypto';

/**
 * One slot of the key file:
 *
 *     magic 8 | tag 32 | key id 16 | key 32 | check 8        96 bytes
 *
 * tag = SHA-256(JSON [tenant, subject]): the file names no subject. check = the first 8 bytes of SHA-256 over what stands
 * before it. Slots carry their own magic and check, so that a torn write anywhere costs no slot but itself: a reader
 * that loses step looks for the next sound slot byte by byte.
 */
export const SLOT = 96;
const MAGIC = Buffer.from('TNTKEY\x00\x01', 'latin1');
const KEY_AT = 56;
const CHECK_AT = 88;
const DESTROYED = Buffer.alloc(32);

export interface Slot {
  readonly offset: number;
  /** Hex. */
  readonly tag: string;
  readonly keyId: string;
  /** null once destroyed. */
  readonly key: Buffer | null;
}

export const tagOf = (tenant: string, subject: string): string => hash('sha256', JSON.stringify([tenant, subject]));

export function encodeSlot(tag: string, id: Uint8Array, key: Uint8Array): Buffer {
  const slot = Buffer.concat([MAGIC, Buffer.from(tag, 'hex'), id, key]);
  return Buffer.concat([slot, check(slot)]);
}

/** What overwrites key and check of a slot, and from which byte of it. */
export function destroyedTail(slot: Buffer): { at: number; bytes: Buffer } {
  const dead = Buffer.concat([slot.subarray(0, KEY_AT), DESTROYED]);
  return { at: KEY_AT, bytes: Buffer.concat([DESTROYED, check(dead)]) };
}

const check = (body: Uint8Array): Buffer => hash('sha256', body, 'buffer').subarray(0, SLOT - CHECK_AT);

/** null when these bytes are not a sound slot. */
export function decodeSlot(bytes: Buffer, offset: number): Slot | null {
  if (bytes.length < SLOT || Buffer.compare(bytes.subarray(0, 8), MAGIC) !== 0) return null;
  if (Buffer.compare(check(bytes.subarray(0, CHECK_AT)), bytes.subarray(CHECK_AT, SLOT)) !== 0) return null;
  const key = Buffer.from(bytes.subarray(KEY_AT, CHECK_AT));
  return {
    offset,
    tag: bytes.toString('hex', 8, 40),
    keyId: `sk_${bytes.toString('hex', 40, KEY_AT)}`,
    key: key.equals(DESTROYED) ? null : key,
  };
}

/** Every sound slot in `bytes`, which start at `offset` of the file, and how many bytes are done with. */
export function scanSlots(bytes: Buffer, offset: number): { slots: Slot[]; done: number } {
  const slots: Slot[] = [];
  let at = 0;
  while (bytes.length - at >= SLOT) {
    const slot = decodeSlot(bytes.subarray(at, at + SLOT), offset + at);
    if (slot) {
      slots.push(slot);
      at += SLOT;
    } else {
      const next = bytes.indexOf(MAGIC, at + 1);
      // A magic may be cut by the end of what was read: keep the last bytes for the next look.
      at = next >= 0 ? next : Math.max(at + 1, bytes.length - MAGIC.length + 1);
    }
  }
  return { slots, done: at };
}
