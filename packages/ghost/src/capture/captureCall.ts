import type { AgentSpec } from '../agentSpec.js';
import { inputsOf } from '../inputs.js';
import { snapshotText } from '../jsonText.js';
import { messageOf, readDecision } from '../readDecision.js';
import { isThenable, observe, shared, type CallOutcome, type Scope } from '../scope.js';
import { activeClient, askText, begin, outerRunOf, report, type Begun } from './begun.js';
import { draftText } from './draft.js';

/** Runs an agent in a capture run. Whatever goes wrong on our side becomes a problem report; the caller sees its own agent only. */
export function captureCall(
  spec: AgentSpec,
  args: readonly unknown[],
  outer: Scope | undefined,
  body: () => unknown,
): unknown {
  let begun: Begun;
  try {
    begun = beginCall(spec, args, outer);
  } catch (error) {
    report(error);
    return body();
  }
  return runCaptured(begun, body);
}

function beginCall(spec: AgentSpec, args: readonly unknown[], outer: Scope | undefined): Begun {
  const faults: string[] = [];
  return begin({
    client: activeClient(),
    spec,
    outer: outerRunOf(outer),
    key: spec.key && askText('key', () => spec.key?.(args), faults),
    subject: spec.subject && askText('subject', () => spec.subject?.(args), faults),
    goal: spec.goal && askText('goal', () => spec.goal?.(args), faults),
    inputs: snapshotText(inputsOf(args)),
    faults,
  });
}

/** Runs `body` as the decision that has begun, and records it when it ends. */
export function runCaptured(begun: Begun, body: () => unknown): unknown {
  const ending = new Ending(begun);
  let result: unknown;
  try {
    result = shared.scopes.run(begun.scope, body);
  } catch (error) {
    ending.fail(error);
    throw error;
  }
  if (!isThenable(result)) {
    ending.finish(result);
    return result;
  }
  const { settle } = begun.client;
  return settle === undefined ? observe(result, ending) : observedUntil(result, ending, settle);
}

/** As `observe`, and later: the caller goes on when the record is where the configuration wants it. */
async function observedUntil(
  value: PromiseLike<unknown>,
  outcome: CallOutcome,
  settle: () => Promise<void>,
): Promise<unknown> {
  try {
    return await observe(value, outcome);
  } finally {
    await settle();
  }
}

class Ending implements CallOutcome {
  constructor(readonly begun: Begun) {}

  finish(result: unknown): void {
    try {
      this.#record(readDecision(this.begun.spec.mappers, result, this.begun.scope.notebook));
    } catch (error) {
      report(error);
    }
  }

  /** A run that threw has no result to map; it decided only if it said so itself. */
  fail(error: unknown): void {
    try {
      const { notebook } = this.begun.scope;
      notebook.step(`The agent failed: ${messageOf(error)}`);
      const read = readDecision({}, undefined, notebook);
      const faults = [...read.faults, { layer: 'outcome' as const, message: 'the agent threw' }];
      this.#record({ ...read, outcome: read.outcome ?? 'error', faults });
    } catch (fault) {
      report(fault);
    }
  }

  #record(read: ReturnType<typeof readDecision>): void {
    const { client, spec, run } = this.begun;
    const { outcome } = read;
    if (outcome !== null) return client.enqueue(draftText(this.begun, { ...read, outcome }));
    const why = read.faults.find((fault) => fault.layer === 'outcome')?.message ?? 'the agent gave no outcome';
    client.refuse({ code: 'record.no_outcome', message: `${spec.agent}: ${why}`, id: run.decision });
  }
}
