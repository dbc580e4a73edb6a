import { AppError } from '../../errors/index.js';
import { digestOf } from '../../people/index.js';
import type { GateVerdict } from '../types.js';
import type { PromotionTerms } from './types.js';

export interface PromotionRequest {
  readonly version: string;
  readonly change: string;
  readonly gate: {
    readonly id: string;
    readonly candidate: string;
    readonly status: string;
    readonly verdictEntry: string | null;
  };
  readonly suite: string;
  /** null where the verdict no longer opens. */
  readonly verdict: GateVerdict | null;
  /** Digest of the code that the candidate run was planned for; null where there was no run. */
  readonly judgedCode: string | null;
  /** Digest of the version's code as it is registered now. */
  readonly registeredCode: string | null;
  readonly now: Date;
}

export const promotionDigest = (terms: PromotionTerms): string => digestOf(terms);

/** A gate that passed this very code, by waivers that still hold; or why not. */
export function promotionTerms(request: PromotionRequest): PromotionTerms {
  const { version, change, gate, suite, verdict, judgedCode, registeredCode } = request;
  if (gate.candidate !== version) {
    throw new AppError('approval.other', `gate ${gate.id} judged ${gate.candidate}, not ${version}`, {
      field: '--gate',
      expected: `a gate whose candidate is ${version}`,
      got: gate.candidate,
      fix: `run one: tenet gate run POLICY --candidate ${version}`,
    });
  }
  if (gate.status !== 'pass' || verdict === null || gate.verdictEntry === null) throw notPassed(request);
  if (judgedCode === null || judgedCode !== registeredCode) {
    throw new AppError('approval.other', `gate ${gate.id} judged other code than what is registered as ${version}`, {
      field: 'VERSION',
      expected: judgedCode ?? 'a gate that ran the candidate',
      got: registeredCode ?? 'not registered',
      fix: `run the gate again: tenet gate run POLICY --candidate ${version}`,
    });
  }
  assertWaiversHold(request, verdict);
  return {
    version,
    code: judgedCode,
    gate: gate.id,
    verdict: gate.verdictEntry,
    suite,
    status: 'pass',
    waivers: (verdict.waived ?? []).map(({ waiver }) => waiver).sort(),
    change,
  };
}

const notPassed = ({ gate, version }: PromotionRequest): AppError =>
  new AppError('promotion.not_passed', `gate ${gate.id} is ${gate.status}: ${version} has not passed`, {
    field: '--gate',
    expected: 'pass',
    got: gate.status,
    fix: `see why: tenet gate show ${gate.id}; what cannot wait is put on record with --bypass`,
  });

function assertWaiversHold({ gate, now }: PromotionRequest, { waived = [] }: GateVerdict): void {
  const ended = waived.find(({ expiresAt }) => now.toISOString() >= expiresAt);
  if (ended === undefined) return;
  throw new AppError(
    'approval.late',
    `gate ${gate.id} passed by waiver ${ended.waiver}, which ended on ${ended.expiresAt}`,
    {
      field: '--gate',
      expected: 'waivers that hold',
      got: ended.waiver,
      fix: 'run the gate again; it fails unless the flip is waived anew',
    },
  );
}
