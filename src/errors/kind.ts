/** What the reader can do about an error; HTTP status, exit code and retry rule follow from it. */
export type ErrorKind = 'InvalidInput' | 'NotFound' | 'Conflict' | 'Unavailable' | 'IntegrityViolation';
