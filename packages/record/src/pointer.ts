import { RecordError } from './errors.js';

/** RFC 6901 §3, without control characters; the whole document ("") is not a field. */
const POINTER = /^(?:\/(?:[^~/\u0000-\u001f\u007f]|~[01])*)+$/;

export const isPointer = (path: string): boolean => POINTER.test(path);

export function assertPointer(path: string): void {
  if (!isPointer(path)) {
    throw new RecordError('record.path', `${JSON.stringify(path)} is not a field path`, {
      at: path,
      expected: 'an RFC 6901 pointer such as /decision/outcome',
    });
  }
}

/** RFC 6901 §4. */
export const escapeToken = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
export const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');
