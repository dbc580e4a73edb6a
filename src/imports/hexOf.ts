import { sha256, toHex, utf8 } from '@tenet-ledger/record';
import { wellFormed } from './cleanJson.js';

/** SHA-256 of a text, hex; of broken characters as they are recorded. */
export const hexOf = (text: string): string => toHex(sha256(utf8(wellFormed(text))));
