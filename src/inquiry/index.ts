/**
 * Regulator inquiries: the case and its steps, statutory clocks, scope, legal holds, redaction, custody, and the package with its
 * completeness check and its verifier. Pure: it stores nothing and calls nobody; ports are in `ports.ts`. It draws no legal
 * conclusion: a package states what the log holds, what is withheld, and what cannot be shown.
 * Spec: RFC 6962 §2.1; FORMAT.md of packages/record; design of the steps in docs/inquiry.md.
 */
export type * from './types.js';
export type * from './ports.js';
export {
  ALLOWED,
  isOver,
  NEXT,
  nextState,
  refusalOf,
  STEP_KINDS,
  type CaseState,
  type StepKind,
  type StepOutcome,
} from './stages.js';
export { REGIMES, REGIMES_EDITION, regimeOf, type Clock, type Length, type Regime } from './clock/regimes.js';
export {
  caseClock,
  hasPassed,
  requireRegime,
  type CaseClock,
  type Reminder,
  type ReminderId,
} from './clock/caseClock.js';
export { isCivilDate, isTimeZone } from './clock/dates.js';
export {
  assertScope,
  EMPTY_QUERY,
  isRecomputable,
  scopeDigest,
  scopeSentence,
  scopeTest,
  type ScopeQuery,
} from './scope.js';
export { chainProblems, custodyDigest, nextEvent, type ChainedEvent, type CustodyEvent } from './custody.js';
export {
  assertHits,
  covers,
  GROUNDS,
  reviewDigest,
  withheldOf,
  type Redaction,
  type RedactionGround,
  type Withheld,
} from './redaction.js';
export { csv, DECISIONS, FILES, MANIFEST_FIELD, PACKAGED_TYPE, productionNumber } from './package/files.js';
export type { Manifest, ManifestFile, PackageFiles } from './package/files.js';
export { CompletenessCheck, type CompletenessEvidence, type CompletenessReport } from './package/completeness.js';
export { verifyPackage, type VerifyPackageOptions } from './package/verifyPackage.js';
export { isIntact, type DecisionFinding, type Finding, type PackageVerdict } from './package/verdict.js';
export {
  entryIdOf,
  holdIdOf,
  inquiryId,
  parseOpen,
  parseStep,
  stepId,
  type OpenRequest,
  type StepBody,
} from './requests.js';
export { advance, type StepEffect } from './advance.js';
export { APPROVAL_RULE, ROLE_OF } from './roles.js';
export { askStep, openCase, type CaseLedger, type OpenDeps } from './openCase.js';
export { folderFiles } from './package/folderFiles.js';
export { giveRelease, type ReleaseWord } from './giveRelease.js';
