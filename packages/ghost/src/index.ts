/**
 * Ghost SDK: one wrapper that captures what an agent decides and lets the same function be re-run later.
 *
 * It takes part in the caller's process and owes it three things: it never throws into it, never keeps it alive, never
 * writes to its stdout. Records are signed here and sent in the background. Not here: storing or judging decisions; and
 * re-running them, which is `@tenet-ledger/ghost/replay`. Specification: docs of the record format, and CAPTURE.
 */
import { agent } from './agent.js';
import { recordFinished } from './capture/finished.js';
import { recordCorrection, recordEffect, recordOverride } from './capture/linked.js';
import { openDecision, resumeDecision } from './capture/opened.js';
import { configure, idleClient } from './client.js';
import { current, decide } from './current.js';
import type { FlushResult } from './delivery/delivery.js';
import type { Redaction } from './delivery/pipelinePort.js';
import { workParts } from './host/workParts.js';
import { enrol } from './identity/enrol.js';
import { wrapOpenAI } from './openai/wrapClient.js';
import { shared } from './scope.js';
import { tool } from './tool.js';
import type {
  CorrectionOptions,
  EffectOptions,
  FinishedDecision,
  GhostStats,
  LinkedOptions,
  OverrideOptions,
  RedactOptions,
  RunOptions,
} from './types.js';

export type * from './types.js';
export type { Draft, FlushResult } from './delivery/delivery.js';
export { EnrolError, type EnrolRequest, type Identity } from './identity/enrol.js';
export { ensureKeyFile, signerFromKeyFile } from './identity/keyFile.js';
export { nodeSigner, nodeVerify } from './identity/nodeKeys.js';
/** The same rules for records that come in another way than through this SDK. Throws TypeError for rules that can't work. */
export const compileRedaction = (options?: RedactOptions): Redaction => workParts().compileRedaction(options);

const client = (): ReturnType<typeof idleClient> => shared.client ?? idleClient();

export const ghost = {
  agent,
  tool,
  openai: wrapOpenAI,
  current,
  decide,
  open: openDecision,
  resume: resumeDecision,
  configure,
  enrol,
  /** Records a decision that was made without the wrapper; its id, or undefined where it could not be recorded. */
  decision: (decision: FinishedDecision): string | undefined => recordFinished(client(), decision),
  /** What a decision led to; the record's id, as of the two below. */
  effect: (decision: string, effect: EffectOptions & LinkedOptions): string | undefined =>
    recordEffect(client(), decision, effect),
  /** What a human decided instead, or again. */
  override: (decision: string, override: OverrideOptions & LinkedOptions): string | undefined =>
    recordOverride(client(), decision, override),
  /** What a record should have said. */
  correction: (decision: string, correction: CorrectionOptions & LinkedOptions): string | undefined =>
    recordCorrection(client(), decision, correction),
  /** Sets session, parent and lineage for what runs inside, by async context. */
  run: <T>(options: RunOptions, fn: () => T): T => shared.ambient.run({ ...shared.ambient.getStore(), ...options }, fn),
  /** Waits until every record was answered for, at most `timeout` milliseconds. Says how many still wait. */
  flush: ({ timeout = 10_000 }: { readonly timeout?: number } = {}): Promise<FlushResult> => client().flush(timeout),
  /**
   * An orderly end, for handlers of signals and the like: the producer's last words are recorded and all is sent, within `timeout`. What is
   * not by then waits in the spool. Nothing is recorded from now on, until `configure`.
   */
  close: ({ timeout = 5_000 }: { readonly timeout?: number } = {}): Promise<FlushResult> => client().close(timeout),
  stats: (): GhostStats => client().stats(),
} as const;
