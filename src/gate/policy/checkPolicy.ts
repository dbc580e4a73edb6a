import { AppError } from '../../errors/index.js';
import { checkYaml, problemLine, type FileProblem } from '../../yaml/index.js';
import type { GatePolicy } from '../types.js';
import { POLICY_KEYS, policySchema } from './schema.js';
import { policyWarnings } from './warnings.js';

export type PolicyProblem = FileProblem;

export interface PolicyCheck {
  /** null when there is an error among the problems. */
  readonly policy: GatePolicy | null;
  /** By line. */
  readonly problems: readonly PolicyProblem[];
}

/** Everything that is wrong with a policy file, as data. Never throws for what a file can hold. */
export function checkPolicy(text: string): PolicyCheck {
  const { value, problems } = checkYaml(text, {
    schema: policySchema,
    keys: POLICY_KEYS,
    what: 'gate policy',
    warnings: (policy, placeOf) => policyWarnings(policy as GatePolicy, placeOf),
  });
  return { policy: value, problems };
}

/** A valid policy, or one error that lists every problem with its line. `file` is what the reader knows the text by. */
export function parsePolicy(text: string, file: string): GatePolicy {
  const { policy, problems } = checkPolicy(text);
  if (policy !== null) return policy;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  throw new AppError('policy.invalid', errors.map((problem) => problemLine(problem, file)).join('\n'), {
    field: first === undefined ? '' : first.field,
    ...(first?.expected === undefined ? {} : { expected: first.expected }),
    ...(first?.got === undefined ? {} : { got: first.got }),
    fix: first?.fix ?? `correct ${file} and check it: tenet gate check ${file}`,
    file,
    problems,
  });
}
