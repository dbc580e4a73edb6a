import { toBase32 } from './base64.js';
import { sha256 } from './hash.js';

/** Key id: "k_" and 26 characters of base32(SHA-256(public key)). A name to look a key up by, not a proof of it. */
export const kidOf = (publicKey: Uint8Array): string => `k_${toBase32(sha256(publicKey), 26)}`;
