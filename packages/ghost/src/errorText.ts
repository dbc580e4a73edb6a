import { wellFormed } from './snapshot.js';

/** What our own code, Node or a signer threw, as a text. Never throws. What an agent threw is read by `messageOf`, which takes more care and code. */
export function errorText(error: unknown): string {
  try {
    return wellFormed((error instanceof Error ? error.message : String(error)).slice(0, 1000));
  } catch {
    return 'an error that can not be read';
  }
}
