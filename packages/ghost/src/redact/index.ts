/**
 * Redaction: what is taken out of records before anything leaves the process. Rules are plain data, so that they cross into the thread
 * that signs, into a replay on another machine and into the other SDK. Secrets go by default; the author's paths and
 * patterns go as well; pseudonyms become tokens that the holder of the key turns back. Not here: encryption of what is spooled.
 */
import type { RedactOptions } from '../config.js';
import type { Redaction } from '../delivery/pipelinePort.js';
import { Redactor } from './redactor.js';
import { compileRules } from './rules.js';

export { Redactor, type KeyedCall } from './redactor.js';

/** Throws TypeError for rules that can't work. */
export const compileRedactor = (options?: RedactOptions): Redactor => new Redactor(compileRules(options));

let secretsAlone: Redactor | undefined;

/** The rules of who has configured none. */
export const defaultRedactor = (): Redactor => (secretsAlone ??= compileRedactor());

/** Throws TypeError for rules that can't work. */
export function compileRedaction(options?: RedactOptions): Redaction {
  const redactor = compileRedactor(options);
  return (draft) => redactor.draft(draft);
}
