/** What doctor found out about one part. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; present unless the status is ok. */
  readonly fix?: string;
}
