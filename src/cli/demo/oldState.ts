import { AppError, isAppError } from '../../errors/index.js';
import { shellWord } from '../shellWord.js';

/**
 * The example's versions are ours, so the advice for a user's agent (give it a new version) is none here: what is old is
 * the state folder, which holds records of the same version by other code.
 */
export function explainOldState(error: unknown, stateDir: string): unknown {
  if (!isAppError(error) || error.code !== 'agent.digest_changed') return error;
  const fix = `the example has changed since this state folder was made: rm -r ${shellWord(stateDir)} (its keys and records go with it), or tenet demo --state-dir ANOTHER`;
  return new AppError(error.code, error.message, { ...error.details, fix }, { cause: error });
}
