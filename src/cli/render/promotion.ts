import type { Blessing, Bypass, Deployment, DeploymentStatus, Promotion, PromotionWord } from '../../gate/index.js';
import { asCalled } from '../called.js';
import type { Screen, Style } from '../output.js';
import { forTerminal } from './escape.js';
import { count } from './numbers.js';
import { table } from './table.js';
import { clip } from './width.js';

const who = ({ name, by }: PromotionWord): string => clip(name ?? by.slice(by.indexOf('#') + 1), 40);

const line = (label: string, text: string): string => `  ${label.padEnd(10)} ${text}`;

const word = (label: string, said: PromotionWord): string =>
  line(label, `${who(said)} (${said.role}) on ${said.at}: ${clip(said.reason, 200)}`);

export function promotionLines(promotion: Promotion): string[] {
  const { id, version, gate, suite, change, waivers, request, approval, refusal } = promotion;
  const state = refusal !== null ? 'REFUSED' : approval !== null ? 'PROMOTED' : 'REQUESTED';
  return [
    `${forTerminal(version)}  ${state}  ${id}`,
    line(
      'gate',
      `${forTerminal(gate)}, ${clip(suite, 60)}: pass${waivers.length === 0 ? '' : ` by ${waivers.join(', ')}`}`,
    ),
    line('change', clip(change, 100)),
    word('asked by', request),
    ...(approval === null ? [] : [word('approved', approval)]),
    ...(refusal === null ? [] : [word('refused', refusal)]),
    ...(state === 'REQUESTED'
      ? [
          asCalled(
            `next: another person with role approver: tenet gate promote ${forTerminal(version)} --gate ${forTerminal(gate)} --approve --reason "…"`,
          ),
        ]
      : []),
  ];
}

export const bypassLines = ({ version, change, word: said }: Bypass): string[] => [
  `${forTerminal(version)}  BYPASS on record as ${said.entry}`,
  line('change', clip(change, 100)),
  word('by', said),
  asCalled('it stays in: tenet gate history'),
];

export const blessingLines = ({ version, gate, word: said }: Blessing): string[] => [
  `${forTerminal(version)}  BLESSED as baseline, ${said.entry}`,
  ...(gate === null ? [] : [line('gate', forTerminal(gate))]),
  word('by', said),
];

const STYLE: Readonly<Record<DeploymentStatus, Style>> = {
  promoted: 'green',
  waiting: 'cyan',
  late: 'red',
  blessed: 'yellow',
  bypass: 'red',
};

const shown = (status: DeploymentStatus): string =>
  status === 'bypass' || status === 'late' ? status.toUpperCase() : status;

export function historyLines(history: readonly Deployment[], { paint }: Screen): string[] {
  if (history.length === 0) return [asCalled('nothing has decided yet; to see it: tenet demo')];
  const columns = ['VERSION', 'STATUS', 'CHANGE', 'ASKED BY', 'APPROVED BY', 'GATE', 'FIRST DECISION', 'DECISIONS'];
  const rows = history.map((own) => [
    clip(own.version, 60),
    paint(STYLE[own.status], shown(own.status)),
    clip(own.change ?? '–', 40),
    own.requestedBy === null ? '–' : who(own.requestedBy),
    own.approvedBy === null ? '–' : who(own.approvedBy),
    clip(own.gate ?? '–', 40),
    own.firstDecisionAt?.slice(0, 19).concat('Z') ?? 'none yet',
    count(own.decisions),
  ]);
  const notes = history.flatMap((own) =>
    own.note === null ? [] : [`${clip(own.version, 60)}: ${clip(own.note, 160)}`],
  );
  const open = history.filter(({ status }) => status === 'bypass' || status === 'late').length;
  const waived = history.filter(({ waivers }) => waivers.length > 0);
  return [
    ...table(
      columns.map((title, at) => ({ title, ...(at === 7 ? { align: 'right' as const } : {}) })),
      rows,
    ),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    ...waived.map((own) => `${clip(own.version, 60)}: passed by ${own.waivers.join(', ')}`),
    '',
    `${count(history.length)} versions, ${count(open)} that decided without two people's yes beforehand`,
  ];
}

const CSV_COLUMNS = [
  'version',
  'status',
  'change',
  'requested_by',
  'requested_at',
  'approved_by',
  'approved_at',
  'gate',
  'suite',
  'verdict_entry',
  'waivers',
  'first_decision_at',
  'last_decision_at',
  'decisions',
  'entry',
  'note',
];

/** RFC 4180, for people who draw samples in a spreadsheet. */
export function historyCsv(history: readonly Deployment[]): string {
  const rows = history.map((own) => [
    own.version,
    own.status,
    own.change,
    own.requestedBy?.by,
    own.requestedBy?.at,
    own.approvedBy?.by,
    own.approvedBy?.at,
    own.gate,
    own.suite,
    own.verdict,
    own.waivers.join(' '),
    own.firstDecisionAt,
    own.lastDecisionAt,
    String(own.decisions),
    own.entry,
    own.note,
  ]);
  return [CSV_COLUMNS, ...rows].map((row) => `${row.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is marked as text. */
export function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
