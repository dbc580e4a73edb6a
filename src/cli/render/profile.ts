import type { Screen } from '../output.js';
import type { ProfileView } from '../views/profile.js';
import { asCalled } from '../called.js';
import { forTerminal } from './escape.js';
import { count, percent, shortHash } from './numbers.js';
import { labelled, table } from './table.js';
import { clip, padEnd } from './width.js';

const LABEL = 13;

export function profileListLines(profiles: readonly ProfileView[]): string[] {
  if (profiles.length === 0) return [asCalled('no noise profile yet; a gate fits one: tenet gate run --help')];
  const columns = ['PROFILE', 'AGENT', 'TYPE', 'MODE', 'DECISIONS', 'FITTED', 'VALID UNTIL', 'STATE'];
  return table(
    columns.map((title) => ({ title })),
    profiles.map((profile) => [
      profile.id,
      clip(profile.agent, 40),
      clip(profile.type, 30),
      profile.mode,
      count(profile.decisions),
      day(profile.fittedAt),
      day(profile.expiresAt),
      stateOf(profile),
    ]),
  );
}

export function profileLines(profile: ProfileView, { paint }: Screen): string[] {
  const put = (label: string, text: string): string[] => labelled(paint('dim', padEnd(label, LABEL)), [text], LABEL);
  const { basis, signed } = profile;
  return [
    `${paint('bold', profile.id)}  ${clip(profile.agent, 60)}  ${clip(profile.type, 40)}`,
    ...put('State', stateOf(profile)),
    ...put('Fitted', `${profile.fittedAt}, valid until ${profile.expiresAt}`),
    ...put(
      'Measured on',
      `${count(profile.decisions)} decisions ×${profile.repeats}, control arm ${profile.controlRun}`,
    ),
    ...put('Mode', `${profile.mode}, alpha ${percent(profile.alpha)}, seed ${forTerminal(profile.seed)}`),
    ...put(
      'Own noise',
      `${percent(profile.differentText)} of pairs of re-runs differ in text, ${percent(profile.differentOutcome)} in outcome; semantic floor ${profile.semanticFloor.toFixed(3)}`,
    ),
    ...put(
      'Holds for',
      `code ${shortHash(basis.code)} · ${forTerminal(basis.embedder)} · ${forTerminal(basis.scorer)}`,
    ),
    ...put('', `model ${forTerminal(basis.model ?? 'calls from the tape')}`),
    ...put('', `prompts ${shortHash(basis.prompts)} · tools ${shortHash(basis.tools)}`),
    ...put('Digest', profile.digest),
    ...put(
      'Signed',
      signed === null
        ? 'not in the ledger'
        : `${signed.entry}, ${signed.index === null ? 'queued' : `leaf ${count(signed.index)}`}`,
    ),
  ];
}

const stateOf = ({ state, why }: ProfileView): string => (why === null ? state : `${state}: ${why}`);
const day = (time: string): string => time.slice(0, 10);
