import type { FsckReport, LedgerStatus } from '../../ledger/index.js';
import type { Screen } from '../output.js';
import { forTerminal } from './escape.js';
import { count, plural, seconds } from './numbers.js';
import { labelled } from './table.js';
import { clip, padEnd } from './width.js';
import { asCalled } from '../called.js';

const LABEL = 12;
const MAX_FINDINGS = 50;
const MAX_GAPS = 10;

export function ledgerStatusLines(
  status: LedgerStatus & { readonly log: string; readonly vkey: string },
  { paint }: Screen,
): string[] {
  const put = (label: string, text: string): string[] => labelled(paint('dim', padEnd(label, LABEL)), [text], LABEL);
  const { keys, halted } = status;
  const age =
    status.headAgeMs === null ? 'none yet' : `size ${count(status.checkpointSize)}, ${seconds(status.headAgeMs)} old`;
  return [
    ...put('Log', clip(status.origin, 200)),
    ...put('State', halted === null ? paint('green', 'running') : paint('red', `HALTED: ${clip(halted, 300)}`)),
    ...put('Tree', `${plural(status.size, 'leaf', 'leaves')}, ${count(status.queued)} queued`),
    ...put('Checkpoint', age),
    ...put('Keys', `${count(keys.active)} active, ${count(keys.pending)} pending, ${count(keys.ended)} ended`),
    ...put('Conflicts', `${count(status.conflicts)} (a sequence number used twice with other bytes)`),
    ...put(
      'Label',
      `${status.label}: only the operator signs its checkpoints; a witness would show that all see one log`,
    ),
    ...put('Log key', clip(status.vkey, 200)),
    asCalled(
      halted === null ? 'next: tenet ledger fsck' : 'next: tenet ledger fsck, and keep the state folder as it is',
    ),
  ];
}

/** What was recomputed, every finding, and what the numbers of the producers show to be missing. */
export function fsckLines(report: FsckReport, { paint }: Screen): string[] {
  const { checked, findings, found, gaps, ok } = report;
  const shown = findings.slice(0, MAX_FINDINGS).map(({ reason, index, id, message }) => {
    const where = [index === null ? null : `leaf ${count(index)}`, id].filter((part) => part !== null).join(' ');
    return `  ${paint('red', '✗')} ${padEnd(reason, 20)} ${clip(where, 60)}  ${clip(message, 300)}`;
  });
  const more =
    found > shown.length
      ? [`  … ${plural(found - shown.length, 'more finding')}: ${asCalled('tenet ledger fsck -o jsonl')}`]
      : [];
  const missing = gaps.slice(0, MAX_GAPS).map(({ producer, from, to }) => {
    return `  – ${clip(producer, 60)} ${from === to ? `number ${count(from)}` : `numbers ${count(from)} to ${count(to)}`} never arrived`;
  });
  return [
    `recomputed ${plural(checked.leaves, 'leaf', 'leaves')}, ${plural(checked.tiles, 'tile')}, ${plural(checked.checkpoints, 'checkpoint')}, ` +
      `${plural(checked.signatures, 'signature')}, ${plural(checked.disclosures, 'disclosure')}, ${count(checked.erased)} erased${checked.duplicates > 0 ? `, ${plural(checked.duplicates, 'duplicate')} beside the tree` : ''}`,
    `size ${count(report.size)}  root ${forTerminal(report.root)}`,
    ...shown,
    ...more,
    ...(gaps.length === 0 ? [] : ['Gaps in producers’ numbers (not a fault of the log):', ...missing]),
    ...(gaps.length > MAX_GAPS ? [`  … ${plural(gaps.length - MAX_GAPS, 'more gap')} in -o json`] : []),
    ok
      ? paint(['green', 'bold'], 'SOUND')
      : `${paint(['red', 'bold'], `UNSOUND  ${plural(found, 'finding')}`)}   exit 6`,
  ];
}
