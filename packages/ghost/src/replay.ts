/**
 * Re-runs recorded decisions by the function that made them: `@tenet-ledger/ghost/replay`, the half of the seam that an
 * agent worker needs. It answers calls by effect class and draws randomness from the item's seed. It is not a sandbox: keeping
 * agent code from the network is the worker's part. Specification: CAPTURE, "Matching" and "Agent worker contract".
 */
import { currentScope, shared } from './scope.js';
import type { ReplayRun } from './replay/replayRun.js';

export { agentOf, type AgentMetadata } from './agent.js';
export { Draws } from './replay/draws.js';
export { replayAgent } from './replay/replayAgent.js';
export { compileRedactor, type Redactor } from './redact/index.js';
export { ReplayRefusal } from './replayRefusal.js';
export type { RedactOptions } from './config.js';
export type * from './replay/types.js';
export { usageOf, type AnswerUsage } from './replay/usage.js';

/** What a guard outside the agent's code may say about the re-run that called it. */
export type ActiveReplay = Pick<ReplayRun, 'refuse' | 'note'>;

/** The re-run that the calling code belongs to. Inside a model or tool call that runs live there is one too. */
export function activeReplay(): ActiveReplay | undefined {
  const scope = currentScope();
  return scope?.run.mode === 'replay' ? (scope.run as ReplayRun) : undefined;
}

/** Whether the calling code is inside a call that the re-run itself does live: what it touches there is not the agent's doing. */
export const insideLiveCall = (): boolean => currentScope()?.insideCall === true;

/**
 * To be called once by a process that only replays. From then on no tool or model call runs outside a re-run, and code
 * whose async context was lost is answered by the decision in flight. Decisions are then run one at a time.
 */
export function enterReplayProcess(): void {
  shared.replayProcess ??= { inFlight: undefined };
}
