import type { DecisionDrift } from '../../drift/index.js';
import type { GatePolicy, GateReport, GateVerdict, ReportNote, RuleStatus, TermMatcher } from '../../gate/index.js';
import type { DecisionDiff } from '../../replay/index.js';
import type { RunView } from './run.js';

export type GateStatus = RuleStatus | 'pending';

/** A gate as `gate show` prints it, and its JSON form. */
export interface GateView {
  readonly id: string;
  readonly name: string;
  readonly status: GateStatus;
  readonly attempt: number;
  readonly baseline: string;
  readonly candidate: string;
  readonly session: string | null;
  readonly policy: GatePolicy;
  readonly control: RunView | null;
  readonly candidateRun: RunView | null;
  /** null while pending, and after the tenant's key was destroyed. */
  readonly verdict: GateVerdict | null;
  readonly signed: { readonly entry: string; readonly index: number | null } | null;
  readonly workflow: string | null;
  /** Where it was asked for. */
  readonly repository?: string | null;
  readonly revision?: string | null;
  readonly reused?: GateReport['reused'];
  readonly profile?: GateReport['profile'];
  /** What the verdict rests on besides its rules, in words. */
  readonly notes?: readonly ReportNote[];
  /** Decisions that flipped or whose reasons shifted, the ones that changed most first. */
  readonly changes: readonly DecisionChange[];
}

export interface DecisionChange extends DecisionDiff {
  readonly baselineOutcome: string | null;
  readonly candidateOutcome: string | null;
  readonly stake: number | null;
  /** Where the candidate's steps give a reason that the policy forbids. */
  readonly forbidden: readonly ForbiddenMark[];
}

export interface ForbiddenMark {
  /** Index into the candidate's steps. */
  readonly step: number;
  /** Id of the reason in the policy. */
  readonly reason: string;
  /** Positions in the step's text. */
  readonly from: number;
  readonly to: number;
}

export function changeOf(
  diff: DecisionDiff,
  drift: DecisionDrift,
  stake: number | null,
  matchers: readonly TermMatcher[],
): DecisionChange {
  const because = diff.because.length > 0 ? diff.because : strongestNotes(drift);
  const { baselineOutcome, candidateOutcome } = drift;
  const steps = diff.steps.map((step) => ({ ...step, notes: tellingNotes(step.notes, drift) }));
  const forbidden = diff.steps.flatMap(({ candidate }) =>
    candidate === null ? [] : forbiddenMarks(candidate.step, candidate.text, matchers),
  );
  return { ...diff, steps, because, baselineOutcome, candidateOutcome, stake, forbidden };
}

/** A term that stands there only after compatibility folding has no place of its own: the whole step is marked. */
export function forbiddenMarks(step: number, text: string, matchers: readonly TermMatcher[]): ForbiddenMark[] {
  const folded = text.normalize('NFKC').replace(/\p{Cf}/gu, '');
  const marks: ForbiddenMark[] = [];
  for (const { reason, pattern } of matchers) {
    const match = pattern.exec(text);
    if (match === null && !pattern.test(folded)) continue;
    const [from, to] = match === null ? [0, text.length] : [match.index, match.index + match[0].length];
    if (!marks.some((other) => from < other.to && other.from < to)) marks.push({ step, reason, from, to });
  }
  return marks.sort((a, b) => a.from - b.from);
}

/** How far apart two wordings are says little once a channel names what changed. */
function tellingNotes(notes: readonly string[], { channels }: DecisionDrift): readonly string[] {
  const semantic = channels.find(({ channel }) => channel === 'semantic')?.evidence.map(({ note }) => note) ?? [];
  const telling = [...new Set(notes)].filter((note) => !semantic.includes(note));
  return telling.length > 0 ? telling : notes;
}

function strongestNotes({ channels }: DecisionDrift): string[] {
  const ranked = [...channels].filter(({ value }) => value > 0).sort((a, b) => b.value - a.value);
  return ranked.flatMap(({ evidence }) => evidence.slice(0, 1).map(({ note }) => note)).slice(0, 2);
}

/** Flips before shifts, larger changes first, then by id so that the same gate always prints the same lines. */
export function byWeight(a: DecisionChange, b: DecisionChange): number {
  return Number(b.flip) - Number(a.flip) || b.driftIndex - a.driftIndex || (a.decision < b.decision ? -1 : 1);
}
