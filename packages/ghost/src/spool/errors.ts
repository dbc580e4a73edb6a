/** Codes: spool.magic, spool.frame, spool.header, spool.seal, spool.seal_key_unknown, spool.body. */
export class SpoolError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SpoolError';
    this.code = code;
  }
}
