import type { LogView } from './bundleCase.js';
import type { BundleCheck, BundleLabel, BundleVerdict } from './bundleVerdict.js';
import { RecordError } from './errors.js';

/** Collects what the checks found. `fail` ends the verification; nothing after it runs. */
export class BundleReport {
  readonly checks: BundleCheck[] = [];
  readonly notChecked: string[] = [];
  readonly reasons: { code: string; message: string }[] = [];
  witnesses: BundleVerdict['witnesses'] = { have: 0, need: 0 };
  checkpoint: BundleVerdict['checkpoint'] = null;
  notLaterThan: string | null = null;
  notEarlierThan: number | null = null;
  #current = 'bundle form';

  pass(name: string, detail: string): void {
    this.checks.push({ name, status: 'pass', detail });
  }

  info(name: string, detail: string): void {
    this.checks.push({ name, status: 'info', detail });
  }

  fail(name: string, code: string, message: string): never {
    this.#current = name;
    throw new RecordError(code, message);
  }

  /** Names the check that an error thrown inside belongs to. */
  during<T>(name: string, work: () => T): T {
    this.#current = name;
    return work();
  }

  refuse(error: RecordError): void {
    this.checks.push({ name: this.#current, status: 'fail', detail: error.message });
    this.reasons.push({ code: error.code, message: error.message });
  }

  describeLimits(label: BundleLabel, log: LogView): void {
    const say = (sentence: string): void => void this.notChecked.push(sentence);
    say('Whether decisions were dropped before capture (needs the producer’s whole range).');
    say('Whether a key was retired or revoked by an entry this bundle leaves out, or after its checkpoint.');
    if (label === 'SIGNED') say('Whether the record was logged: the bundle holds no receipt for it.');
    else if (this.notLaterThan === null) {
      say('When the record was made: occurred_at is the producer’s claim, and no witness or time stamp bounds it.');
    }
    if (label === 'SELF-ATTESTED') {
      say(
        'Whether the operator shows others a different log: its own key alone signed this checkpoint. A witness, or a checkpoint kept by you, would tell.',
      );
    }
    if (label === 'LOGGED')
      say('Whether others were shown a different log after the checkpoint you kept: only witnesses would tell.');
    for (const line of log.unknownSigners) say(`The checkpoint line of ${line}: the policy does not list this key.`);
  }
}
