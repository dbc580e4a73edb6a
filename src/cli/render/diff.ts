import type { ControlStatistics, LaneYield } from '../../replay/index.js';
import type { Screen } from '../output.js';
import type { DecisionChange, GateView } from '../views/gate.js';
import { forTerminal } from './escape.js';
import { count, percent, plural } from './numbers.js';
import { changeTable } from './changeTable.js';
import { changeTitle, sideBySide } from './rationale.js';
import { clip } from './width.js';
import { asCalled } from '../called.js';

export interface DiffView {
  readonly gate: Pick<GateView, 'id' | 'name' | 'baseline' | 'candidate' | 'policy'>;
  /** Decisions that were assessed. */
  readonly decisions: number;
  readonly flips: number;
  readonly control: ControlStatistics;
  readonly controlRepeats: number;
  readonly yields: readonly LaneYield[];
  readonly notReplayable: number;
  /** What was asked for, largest change first. */
  readonly changes: readonly DecisionChange[];
}

const SHOWN = 20;

/** The table of a comparison: how many flipped against how many of the agent's own, and what changed in each. */
export function diffLines(view: DiffView, { width }: Screen, { all }: { readonly all: boolean }): string[] {
  const { gate, control, decisions, flips } = view;
  const own =
    control.pairs === 0
      ? ''
      : `   control ${count(control.differentOutcome)} (${percent(control.differentOutcome / control.pairs)})`;
  const limit = all ? view.changes.length : SHOWN;
  const hidden = view.changes.length - limit;
  return [
    `${plural(decisions, 'decision')} · candidate ${clip(gate.candidate, 60)} vs baseline ${clip(gate.baseline, 60)} · control arm ×${view.controlRepeats}`,
    `outcome flips ${count(flips)}${decisions === 0 ? '' : ` (${percent(flips / decisions)})`}${own}   not replayable ${count(view.notReplayable)}`,
    `control arm: other words in ${control.pairs === 0 ? 'no' : percent(control.differentText / control.pairs)} of its pairs   yield ${yieldText(view.yields)}`,
    ...(view.changes.length === 0
      ? ['nothing changed']
      : changeTable(view.changes.slice(0, limit), gate.policy.stake?.unit ?? null, width)),
    ...(hidden > 0 ? [`… ${count(hidden)} more: ${asCalled(`tenet replay diff ${forTerminal(gate.id)} --all`)}`] : []),
    ...(view.changes[0] === undefined
      ? []
      : [
          asCalled(
            `next: tenet replay diff ${forTerminal(gate.id)} --decision ${forTerminal(view.changes[0].decision)}`,
          ),
        ]),
  ];
}

const yieldText = (yields: readonly LaneYield[]): string =>
  yields.map(({ lane, share }) => `${lane} ${percent(share)}`).join(', ');

/** One decision, step by step: outcome counts of both lanes, every step beside the one it replaces, actions, channels. */
export function decisionDiffLines(view: DiffView, change: DecisionChange, screen: Screen): string[] {
  const { gate } = view;
  const outcomes = (list: DecisionChange['control']): string =>
    list.map(({ outcome, runs }) => `${clip(outcome, 30)} ×${runs}`).join(', ') || 'none';
  const options = {
    baseline: gate.baseline,
    candidate: gate.candidate,
    changedOnly: false,
  };
  const actions = [
    ...change.actions.onlyControl.map((action) => `  - ${clip(action, 100)}  only the baseline proposed it`),
    ...change.actions.onlyCandidate.map((action) => `  + ${clip(action, 100)}  only the candidate proposed it`),
  ];
  return [
    changeTitle(change, screen),
    `recorded ${clip(change.recordedOutcome ?? 'withheld', 30)}   control arm ${outcomes(change.control)}   candidate ${outcomes(change.candidate)}`,
    ...sideBySide(change, options, screen),
    ...(actions.length === 0 ? [] : ['Proposed actions', ...actions]),
    ...(change.because.length === 0 ? [] : [`because ${clip(change.because.join('; '), 400)}`]),
    asCalled(`next: tenet decision show ${forTerminal(change.decision)}`),
  ];
}
