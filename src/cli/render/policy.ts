import type { GatePolicy, PolicyProblem } from '../../gate/index.js';
import type { Screen } from '../output.js';
import { count, percent, plural } from './numbers.js';
import { clip } from './width.js';
import { asCalled } from '../called.js';

/** `file:line:column` first, as editors and CI logs expect it. */
export function policyLines(
  file: string,
  policy: GatePolicy | null,
  problems: readonly PolicyProblem[],
  screen: Screen,
): string[] {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const counts = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ];
  return [
    ...problems.flatMap((problem) => problemLines(file, problem, screen)),
    ...(policy === null ? [] : summary(policy)),
    `${clip(file, 200)}: ${policy === null ? 'not valid' : 'valid'}${counts.length === 0 ? '' : `, ${counts.join(', ')}`}`,
    ...(policy === null ? [`next: correct it, then: ${asCalled('tenet gate check')} ${clip(file, 200)}`] : []),
  ];
}

function problemLines(file: string, problem: PolicyProblem, { paint }: Screen): string[] {
  const { severity, line, column, field, message, expected, got, fix } = problem;
  const parts = [
    clip(message, 400),
    ...(got === undefined ? [] : [`got ${clip(got, 100)}`]),
    ...(expected === undefined ? [] : [`expected ${clip(expected, 300)}`]),
  ];
  const kind = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
  return [
    `${clip(file, 200)}:${line}:${column} ${kind} ${field === '' ? '' : `${clip(field, 100)}: `}${parts.join(', ')}`,
    ...(fix === undefined ? [] : [`  fix: ${clip(fix, 300)}`]),
  ];
}

/** The rules in a sentence each, so that an author sees what the file means and not only that it parses. */
function summary(policy: GatePolicy): string[] {
  const { cohort, repeats, rationale, pinned, stake, lanes, budget } = policy;
  const limits = [
    ...(budget.maxCalls === null ? [] : [`at most ${count(budget.maxCalls)} model calls`]),
    ...(budget.maxTokens == null ? [] : [`at most ${count(budget.maxTokens)} tokens`]),
    ...(budget.maxCost === null ? [] : [`at most ${budget.maxCost} of cost`]),
  ];
  return [
    `gate ${clip(policy.name, 100)}: ${clip(policy.agent, 100)}, ${clip(policy.type, 100)}`,
    `  cohort     ${plural(cohort.size, 'decision')}, seed ${cohort.seed}, control arm ×${repeats.control}, candidate ×${repeats.candidate}`,
    `  flips      proved below ${percent(policy.maxFlipRate)} at alpha ${percent(policy.alpha)}; not replayable at most ${percent(policy.maxNotReplayable)}`,
    `  rationale  shifted in at most ${percent(rationale.maxShift)}; ${plural(rationale.forbidden.length, 'forbidden reason')}, ${plural(pinned.length, 'pinned case')}`,
    `  lanes      model calls ${lanes.model === 'tape' ? 'from the tape' : 'live'}, live reads ${lanes.liveReads ? 'allowed' : 'refused'}${stake === null ? '' : `, at stake ${clip(stake.path, 100)} in ${clip(stake.unit, 20)}`}`,
    ...(limits.length === 0 ? [] : [`  budget     ${limits.join(', ')}`]),
  ];
}
