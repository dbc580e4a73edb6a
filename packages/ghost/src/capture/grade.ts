import type { DecisionRecord } from '@tenet-ledger/record';
import type { CaptureRun } from './captureRun.js';

type Grade = DecisionRecord['grade'];

export interface GradeInput {
  readonly run: Pick<CaptureRun, 'tape' | 'models' | 'untaped'>;
  readonly inputNotes: readonly string[];
  readonly inputsKept: boolean;
  readonly hasReasoning: boolean;
  readonly promptVersion: string | undefined;
  /** What could not be read from the result. */
  readonly faults: readonly string[];
  /** Why the decision can't be re-run by itself. */
  readonly notAlone: string | undefined;
}

/**
 * CAPTURE, "The record": A everything taped, model and prompt pinned; B a model that is not pinned, or a value that is not
 * what the agent saw; C the tape is incomplete; D outcome only. Reasons say what to do for a better one.
 */
export function gradeOf(input: GradeInput): Grade {
  const below = { D: outcomeOnly(input), C: incomplete(input), B: altered(input) };
  const reasons = [...below.D, ...below.C, ...below.B, ...input.faults];
  const grade = below.D.length > 0 ? 'D' : below.C.length > 0 ? 'C' : below.B.length > 0 ? 'B' : 'A';
  return { grade, reasons };
}

function outcomeOnly({ run, inputsKept, hasReasoning, inputNotes }: GradeInput): string[] {
  if (!inputsKept) return [`inputs ${inputNotes[0] ?? 'not kept'}`];
  if (run.tape.length === 0 && !hasReasoning) return ['nothing but input and outcome was captured'];
  return [];
}

function incomplete({ run, notAlone }: GradeInput): string[] {
  const { tape, untaped } = run;
  const reasons: string[] = notAlone === undefined ? [] : [notAlone];
  if (tape.length === 0) reasons.push('no call went through ghost: calls made elsewhere are not on the tape');
  for (const host of untaped) reasons.push(`called ${host} outside ghost.tool and ghost.openai`);
  if (tape.lost > 0) reasons.push(`${tape.lost} calls found no room on the tape`);
  if (tape.open > 0) reasons.push(`${tape.open} calls had not ended when the decision was made`);
  if (tape.notKept > 0) reasons.push('a result could not be kept');
  return reasons;
}

function altered({ run, inputNotes, promptVersion }: GradeInput): string[] {
  const reasons = inputNotes.map((note) => `input: ${note}`);
  reasons.push(...run.tape.damages);
  if (run.models.length === 0) return reasons;
  for (const { asked, answered } of new Map(run.models.map((use) => [`${use.asked}\n${use.answered}`, use])).values()) {
    // A provider that answers under another name resolved an alias; it may resolve it to another model tomorrow.
    if (asked !== answered)
      reasons.push(`model not pinned: asked for ${asked || 'none'}, answered by ${answered || 'an unnamed one'}`);
  }
  if (promptVersion === undefined) reasons.push('prompt not pinned: no promptVersion was given');
  return reasons;
}
