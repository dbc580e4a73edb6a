import type { DecisionChange } from '../views/gate.js';
import { forTerminal } from './escape.js';
import { money } from './numbers.js';
import { table, type Column } from './table.js';
import { clip, displayWidth, padEnd } from './width.js';

/** Where a screen leaves less than this beside the other columns, what changed gets a line of its own. */
const LEAST_ROOM = 36;
const MOST_ROOM = 70;

/** DECISION BASELINE CANDIDATE DRIFT (AT STAKE) WHAT CHANGED, in lines of at most `width` columns. */
export function changeTable(changes: readonly DecisionChange[], unit: string | null, width: number): string[] {
  const stake = unit !== null && changes.some((change) => change.stake !== null);
  const columns: readonly Column[] = [
    { title: 'DECISION' },
    { title: 'BASELINE' },
    { title: 'CANDIDATE' },
    { title: 'DRIFT', align: 'right' },
    ...(stake ? [{ title: 'AT STAKE', align: 'right' } as const] : []),
  ];
  const lines = table(
    columns,
    changes.map((change) => [
      forTerminal(change.decision),
      clip(change.baselineOutcome ?? '–', 20),
      clip(change.candidateOutcome ?? '–', 20),
      change.driftIndex.toFixed(2),
      ...(stake ? [change.stake === null ? '–' : money(change.stake, clip(unit, 12))] : []),
    ]),
  );
  const used = lines.reduce((most, line) => Math.max(most, displayWidth(line)), 0);
  const room = width - used - 2;
  if (room >= LEAST_ROOM) {
    const cells = ['WHAT CHANGED', ...changes.map((change) => clip(whatChanged(change), Math.min(MOST_ROOM, room)))];
    return lines.map((line, at) => `${padEnd(line, used)}  ${cells[at] ?? ''}`);
  }
  return lines.flatMap((line, at) => {
    const change = changes[at - 1];
    return change === undefined ? [line] : [line, `    ${clip(whatChanged(change), Math.max(30, width - 4))}`];
  });
}

/** The outcomes have columns of their own, and that another outcome brings other actions is said last. */
function whatChanged({ because, verdict, baselineOutcome, candidateOutcome }: DecisionChange): string {
  const said = `outcome ${baselineOutcome ?? '–'} → ${candidateOutcome ?? '–'}`;
  const rest = because.filter((reason) => reason !== said);
  const isAction = (reason: string): boolean => reason.startsWith('proposed actions');
  const ordered = [...rest.filter((reason) => !isAction(reason)), ...rest.filter(isAction)];
  return ordered.length === 0 ? verdict : ordered.join('; ');
}
