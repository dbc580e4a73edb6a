export interface RecordErrorDetails {
  /** JSON pointer, line or member the error is about. */
  readonly at?: string;
  readonly expected?: string;
  readonly got?: string;
}

/** The only error this package throws. `code` is stable ("record.jcs.duplicate_key"); never parse the message. */
export class RecordError extends Error {
  readonly code: string;
  readonly details: RecordErrorDetails;

  constructor(code: string, message: string, details: RecordErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RecordError';
    this.code = code;
    this.details = details;
  }
}
