/** Thrown into agent code whose call is not answered in a replay. Swallowing it changes nothing: the re-run has ended. */
export class ReplayRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ReplayRefusal';
    this.code = code;
  }
}
