import type { WaiverView } from '../views/waiver.js';
import type { Screen, Style } from '../output.js';
import { asCalled } from '../called.js';
import { forTerminal } from './escape.js';
import { table } from './table.js';
import { clip, wrap } from './width.js';

const STATE_STYLE: Readonly<Record<WaiverView['state'], Style>> = {
  requested: 'cyan',
  accepted: 'yellow',
  rejected: 'red',
  revoked: 'red',
  expired: 'red',
};

type Word = WaiverView['request'];

const who = (word: Word): string => clip(word.name ?? word.by.slice(word.by.indexOf('#') + 1), 40);

export function waiverTable(waivers: readonly WaiverView[], { paint }: Screen): string[] {
  if (waivers.length === 0) return [asCalled('no waivers; how one is asked for: tenet gate waive --help')];
  const columns = ['WAIVER', 'STATE', 'DECISION', 'UNTIL', 'ASKED BY', 'DECIDED BY', 'GATE'].map((title) => ({
    title,
  }));
  return table(
    columns,
    waivers.map((waiver) => [
      waiver.id,
      paint(STATE_STYLE[waiver.state], waiver.state),
      clip(waiver.decision, 40),
      waiver.expiresAt.slice(0, 10),
      who(waiver.request),
      decided(waiver) === null ? '–' : who(decided(waiver)!),
      clip(waiver.gate, 40),
    ]),
  );
}

const decided = (waiver: WaiverView): Word | null => waiver.revocation ?? waiver.rejection ?? waiver.acceptance;

/** One waiver, with what both people said. */
export function waiverLines(waiver: WaiverView, screen: Screen): string[] {
  const { paint } = screen;
  const { change, risks, stake } = waiver;
  return [
    `${paint('bold', waiver.id)}  ${paint(STATE_STYLE[waiver.state], waiver.state.toUpperCase())}  until ${waiver.expiresAt}`,
    `  decision   ${forTerminal(waiver.decision)}  ${clip(change.from ?? 'tied', 40)} → ${clip(change.to ?? 'tied', 40)}`,
    `  risk       ${risks.join(', ')}${stake === null ? '' : `, ${stake} at stake`}`,
    `  gate       ${forTerminal(waiver.gate)}, policy ${clip(waiver.policy, 60)}, ${clip(waiver.baseline, 60)} → ${clip(waiver.candidate, 60)}`,
    ...said('asked by', waiver.request, screen),
    ...(waiver.acceptance === null ? [] : said('accepted', waiver.acceptance, screen)),
    ...(waiver.rejection === null ? [] : said('rejected', waiver.rejection, screen)),
    ...(waiver.revocation === null ? [] : said('revoked', waiver.revocation, screen)),
    ...next(waiver),
  ];
}

function said(label: string, word: Word, { width }: Screen): string[] {
  const signed = word.signature === null ? 'named by the platform' : `signed with key ${word.signature.publicKey}`;
  return [
    `  ${label.padEnd(10)} ${who(word)} (${word.role}) on ${word.at}, ${signed}`,
    ...wrap(forTerminal(word.reason), Math.max(30, width - 13)).map((line) => `             ${line}`),
  ];
}

function next({ id, state }: WaiverView): string[] {
  if (state === 'requested') {
    return [asCalled(`next: another person with role approver: tenet gate adjudicate ${id} accept --reason "…"`)];
  }
  return state === 'accepted' ? ['next: run the gate again; the verdict names this waiver until it ends'] : [];
}
