import { createHash } from 'node:crypto';
import { canonicalize, type Json } from '@tenet-ledger/record';

/** Longer keys are named by digest: the arguments themselves are on the tape already. */
const MAX_KEY_CHARS = 512;

export const boundedKey = (text: string): string =>
  text.length <= MAX_KEY_CHARS ? text : `sha256:${createHash('sha256').update(text).digest('base64url')}`;

/** CAPTURE, "Matching": the key of a call that declares none. */
export const keyOfArguments = (args: Json): string => boundedKey(canonicalize(args));

/** Stands for that key in a draft: it is made of the arguments as they are after redaction, off the caller's thread. */
export const KEY_OF_ARGUMENTS = '';
