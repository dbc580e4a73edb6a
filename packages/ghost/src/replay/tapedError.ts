/** A recorded failure, thrown again. Class and stack of the original are gone; name, code, status and message are as recorded. */
export class TapedError extends Error {
  readonly code: string;
  readonly status?: number;

  constructor(code: string, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    const status = /^http\.(\d{3})$/.exec(code)?.[1];
    if (status !== undefined) this.status = Number(status);
  }
}
