import { specOf, type AgentSpec } from '../agentSpec.js';
import { snapshotText } from '../jsonText.js';
import { CAPTURED, Notebook } from '../notebook.js';
import { messageOf, readDecision } from '../readDecision.js';
import { currentScope, isThenable, observe, shared, type Scope } from '../scope.js';
import type { Alternative, DecideOptions, OpenDecision, OpenOptions } from '../types.js';
import { activeClient, askText, begin, SOURCES, type Begun } from './begun.js';
import { CaptureRun } from './captureRun.js';
import { draftText } from './draft.js';
import { Tape } from './tape.js';
import { inputsOfToken, readToken, tokenOf, type Suspended } from './token.js';

const NOT_ALONE = 'made in several steps: there is no one function to re-run';

/** A decision that is begun here and decided by whoever holds its token, in this process or another. Never throws. */
export function openDecision(options: OpenOptions): OpenDecision {
  return made(() => new Opened(beginOpen(options)));
}

/** Goes on with a decision; with `fn`, runs it as part of the decision and records what it decides. Never throws for the token. */
export function resumeDecision(token: string): OpenDecision;
export function resumeDecision<T>(token: string, fn: (decision: OpenDecision) => T): T;
export function resumeDecision(token: string, fn?: (decision: OpenDecision) => unknown): unknown {
  const opened = made(() => new Opened(beginAgain(readToken(token))));
  return fn === undefined ? opened : opened.run(() => fn(opened));
}

function made(make: () => OpenDecision): OpenDecision {
  // In a replay the run around it answers calls, and nothing is recorded.
  const scope = currentScope();
  if (scope?.run.mode === 'replay') return new Unrecorded(scope);
  try {
    return make();
  } catch (error) {
    activeClient().problem({ code: 'ghost.open', message: messageOf(error) });
    return new Unrecorded(undefined);
  }
}

function beginOpen(options: OpenOptions): Begun {
  const { agent, version, type = agent, splitInputs, model, promptVersion } = options;
  if (typeof agent !== 'string' || typeof version !== 'string')
    throw new TypeError('ghost.open: give agent and version');
  const faults: string[] = [];
  return begin({
    client: activeClient(),
    spec: specOpen({ agent, version, type, splitInputs, model, promptVersion }),
    outer: undefined,
    key: askText('key', () => options.key, faults),
    subject: askText('subject', () => options.subject, faults),
    goal: askText('goal', () => options.goal, faults),
    inputs: snapshotText(options.inputs ?? null),
    faults,
    notAlone: NOT_ALONE,
  });
}

function beginAgain(state: Suspended): Begun {
  const client = activeClient();
  const { agent, version, type, splitInputs, model, promptVersion, startedAt, tape, keyed } = state;
  const spec = specOpen({ agent, version, type, splitInputs, model, promptVersion });
  const resumed = new Tape(SOURCES.elapsed, Math.max(0, Date.now() - startedAt));
  resumed.resume(tape);
  const run = new CaptureRun(state.id, spec, SOURCES, undefined, { keyed, tape: resumed });
  run.resume(state.models, state.untaped);
  run.parts = state.parts;
  const notebook = new Notebook(CAPTURED);
  for (const step of state.steps) notebook.step(step);
  for (const alternative of state.alternatives) notebook.alternative(alternative);
  return {
    client,
    spec,
    run,
    scope: { run, notebook, insideCall: false },
    inputs: inputsOfToken(state),
    intent: state.intent,
    lineage: state.lineage,
    subject: state.subject,
    startedAt,
    faults: [...state.faults],
    notAlone: NOT_ALONE,
  };
}

interface Named {
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  readonly splitInputs: readonly string[] | undefined;
  readonly model: string | undefined;
  readonly promptVersion: string | undefined;
}

const specOpen = ({ agent, version, type, splitInputs, model, promptVersion }: Named): AgentSpec =>
  specOf({
    name: agent,
    version,
    type,
    ...(splitInputs !== undefined && { splitInputs }),
    ...(model !== undefined && { model }),
    ...(promptVersion !== undefined && { promptVersion }),
  });

class Opened implements OpenDecision {
  readonly decision: string;
  readonly #begun: Begun;

  constructor(begun: Begun) {
    this.#begun = begun;
    this.decision = begun.run.decision;
  }

  get token(): string {
    return tokenOf(this.#begun, this.#begun.client.redact);
  }

  suspend(): string {
    return this.token;
  }

  now(): number {
    return this.#begun.run.now();
  }

  random(): number {
    return this.#begun.run.random();
  }

  id(): string {
    return this.#begun.run.id();
  }

  step(text: string): void {
    this.#begun.scope.notebook.step(text);
  }

  alternative(alternative: Alternative): void {
    this.#begun.scope.notebook.alternative(alternative);
  }

  run<T>(fn: () => T): T {
    const { scope } = this.#begun;
    const result = shared.scopes.run(scope, fn);
    const end = (): void => void (scope.notebook.decided !== undefined && this.#record());
    if (!isThenable(result)) {
      end();
      return result;
    }
    return observe(result, { finish: end, fail: () => undefined }) as T;
  }

  decide(outcome: string, options?: DecideOptions): string | undefined {
    this.#begun.scope.notebook.decide(outcome, options);
    return this.#record();
  }

  #record(): string | undefined {
    const { client, spec, scope } = this.#begun;
    try {
      const read = readDecision({}, undefined, scope.notebook);
      const { outcome } = read;
      if (outcome === null) {
        client.refuse({ code: 'record.no_outcome', message: `${spec.agent}: no outcome was given`, id: this.decision });
        return undefined;
      }
      client.enqueue(draftText(this.#begun, { ...read, outcome }));
      return this.decision;
    } catch (error) {
      client.problem({ code: 'record.capture', message: messageOf(error) });
      return undefined;
    }
  }
}

/** Hands on nothing: code goes on as if there were a decision. */
class Unrecorded implements OpenDecision {
  readonly decision = '';
  readonly token = '';
  readonly #scope: Scope | undefined;

  constructor(scope: Scope | undefined) {
    this.#scope = scope;
  }

  suspend(): string {
    return '';
  }

  now(): number {
    return this.#scope?.run.now() ?? SOURCES.now();
  }

  random(): number {
    return this.#scope?.run.random() ?? SOURCES.random();
  }

  id(): string {
    return this.#scope?.run.id() ?? SOURCES.uuid();
  }

  step(): void {
    return undefined;
  }

  alternative(): void {
    return undefined;
  }

  run<T>(fn: () => T): T {
    return fn();
  }

  decide(): undefined {
    return undefined;
  }
}
