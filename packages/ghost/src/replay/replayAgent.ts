import { performance } from 'node:perf_hooks';
import { agentOf, type AgentMetadata } from '../agent.js';
import { argumentsOf } from '../inputs.js';
import { Notebook } from '../notebook.js';
import { messageOf, readDecision, type ReadDecision } from '../readDecision.js';
import { isThenable, shared, type Scope } from '../scope.js';
import { wellFormed } from '../snapshot.js';
import { redactResult } from './redactResult.js';
import { ReplayRun } from './replayRun.js';
import type { LanePolicy, Refusal, ReplayItem, ReplayOptions, ReplayResult, ReplayStatus } from './types.js';

type Ending =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'refused' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' };

/**
 * Re-runs one recorded decision by the agent's own function. Never throws for what the agent does: an agent that throws, hangs, is refused
 * or returns nonsense is a result row. Throws TypeError for a function that is not wrapped and for an item that is not one.
 */
export async function replayAgent(
  agent: unknown,
  item: ReplayItem,
  policy: LanePolicy,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const metadata = agentOf(agent);
  if (metadata === undefined) throw new TypeError('not a function wrapped by ghost.agent');
  const elapsed = options.elapsed ?? (() => performance.now());
  const started = elapsed();
  const run = new ReplayRun(item, policy, options, elapsed);
  const notebook = new Notebook();
  const scope: ReplayScope = { run, notebook, insideCall: false };
  const replayProcess = shared.replayProcess;
  if (replayProcess !== undefined) replayProcess.inFlight = scope;
  try {
    const ending = await runToEnd(metadata, item, policy, options, scope);
    // Mappers are the agent's code too: what they call is answered like any call of it.
    const judged = shared.scopes.run(scope, () => judge(metadata, ending, scope, policy));
    // A refusal that the agent swallowed, or that came with its last breath, still stands.
    const final = run.refusal === null ? judged : refused(run.refusal, notebook);
    const result = redactResult(assemble(item, run, final, elapsed() - started), run.redactor);
    return withinLimit(result, policy.maxResultBytes);
  } finally {
    run.close();
    if (replayProcess?.inFlight === scope) replayProcess.inFlight = undefined;
  }
}

async function runToEnd(
  metadata: AgentMetadata,
  item: ReplayItem,
  policy: LanePolicy,
  options: ReplayOptions,
  scope: ReplayScope,
): Promise<Ending> {
  const { run } = scope;
  const call = metadata.fn as (...args: unknown[]) => unknown;
  let result: unknown;
  try {
    const args = structuredClone(argumentsOf(run.redactor.restore(item.input))) as unknown[];
    result = shared.scopes.run(scope, () => call(...args));
  } catch (error) {
    return { kind: 'error', error };
  }
  if (!isThenable(result)) return { kind: 'value', value: result };
  const settled = Promise.resolve(result).then(
    (value): Ending => ({ kind: 'value', value }),
    (error: unknown): Ending => ({ kind: 'error', error }),
  );
  const { signal } = options;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timeout' }), policy.timeoutMs);
    onAbort = () => resolve({ kind: 'cancelled' });
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([settled, run.ended.then((): Ending => ({ kind: 'refused' })), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

interface ReplayScope extends Scope {
  readonly run: ReplayRun;
}

interface Judged {
  readonly status: ReplayStatus;
  readonly refusal: Refusal | null;
  readonly read: Pick<ReadDecision, 'outcome' | 'confidence' | 'reasoning' | 'alternatives'>;
}

function judge({ options }: AgentMetadata, ending: Ending, { run, notebook }: ReplayScope, policy: LanePolicy): Judged {
  const partial = readDecision({}, undefined, notebook);
  const bad = (status: ReplayStatus, code: string, message: string): Judged => ({
    status,
    refusal: { code, message },
    read: { ...partial, outcome: null },
  });
  if (ending.kind === 'error') return bad('failed', 'replay.threw', `the agent threw: ${messageOf(ending.error)}`);
  if (ending.kind === 'timeout') return bad('timeout', 'replay.timeout', `no answer within ${policy.timeoutMs} ms`);
  if (ending.kind !== 'value') return bad('failed', 'replay.cancelled', 'the re-run was cancelled');
  const read = readDecision(options, ending.value, notebook);
  const fault = (layer: string): string | undefined => read.faults.find((one) => one.layer === layer)?.message;
  const invalid = (code: string, message: string): Judged => ({ status: 'invalid', refusal: { code, message }, read });
  if (read.outcome === null) return invalid('replay.no_outcome', fault('outcome') ?? 'the agent gave no outcome');
  if (fault('confidence') !== undefined) return invalid('replay.bad_confidence', fault('confidence')!);
  if (fault('reasons') !== undefined) return invalid('replay.bad_reasons', fault('reasons')!);
  for (const one of read.faults) run.note(`unread: ${one.message}`);
  const long = overLong(read);
  if (long !== undefined)
    return { ...invalid('replay.too_large', long), read: { ...partial, reasoning: [], outcome: null } };
  return { status: 'done', refusal: null, read };
}

/** Bounds of the contract beside the size of the whole. */
const MAX = { outcome: 1_024, steps: 1_000, text: 65_536, alternatives: 1_000 };

function overLong({ outcome, reasoning, alternatives }: ReadDecision): string | undefined {
  if ((outcome ?? '').length > MAX.outcome) return `the outcome is longer than ${MAX.outcome} characters`;
  if (reasoning.length > MAX.steps)
    return `there are ${reasoning.length} reasoning steps, at most ${MAX.steps} are taken`;
  const long = reasoning.findIndex((text) => text.length > MAX.text);
  if (long >= 0)
    return `reasoning step ${long} is ${reasoning[long]!.length} characters long, at most ${MAX.text} are taken`;
  if (alternatives.length > MAX.alternatives) return `there are more than ${MAX.alternatives} alternatives`;
  return undefined;
}

function refused(refusal: Refusal, notebook: Notebook): Judged {
  return { status: 'refused', refusal, read: { ...readDecision({}, undefined, notebook), outcome: null } };
}

function assemble(item: ReplayItem, run: ReplayRun, { status, refusal, read }: Judged, durMs: number): ReplayResult {
  return {
    decision: item.decision,
    status,
    outcome: read.outcome,
    confidence: read.confidence,
    reasoning: status === 'done' ? read.reasoning : clipped(read.reasoning),
    alternatives: status === 'done' ? read.alternatives : read.alternatives.slice(0, MAX.alternatives),
    proposedActions: [...run.proposed],
    calls: { ...run.calls },
    usage: { ...run.usage },
    refusal,
    liveCalls: run.live.entries(),
    findings: run.findings(),
    durMs: Math.max(0, Math.round(durMs * 1000) / 1000),
  };
}

/** What an agent said before it failed is for people to read: cut to what a row may hold. */
const clipped = (steps: readonly string[]): readonly string[] =>
  steps.slice(0, MAX.steps).map((text) => (text.length <= MAX.text ? text : wellFormed(text.slice(0, MAX.text))));

/** Pooled calls are a convenience and go first; a row that is still too large keeps its shape and says so. */
function withinLimit(result: ReplayResult, maxBytes: number): ReplayResult {
  if (sizeOf(result) <= maxBytes) return result;
  const lean: ReplayResult = { ...result, liveCalls: [] };
  if (result.liveCalls.length > 0 && sizeOf(lean) <= maxBytes) return lean;
  const message = `the result is larger than ${maxBytes} bytes`;
  return {
    ...lean,
    status: result.status === 'done' ? 'invalid' : result.status,
    outcome: null,
    confidence: null,
    reasoning: [],
    alternatives: [],
    proposedActions: [],
    findings: [],
    refusal:
      result.status === 'done' || result.refusal === null ? { code: 'replay.too_large', message } : result.refusal,
  };
}

function sizeOf(result: ReplayResult): number {
  // A text so long that it is over the limit by itself need not be encoded to be measured; UTF-8 has no fewer bytes.
  const texts = result.reasoning.reduce((sum, text) => sum + text.length, (result.outcome ?? '').length);
  return texts > 67_108_864 ? texts : Buffer.byteLength(JSON.stringify(result));
}
