import { specOf, usualOutcome, type AgentSpec } from '../agentSpec.js';
import { snapshotText } from '../jsonText.js';
import { Notebook } from '../notebook.js';
import type { Mappers } from '../readDecision.js';
import { currentScope, shared, type Scope } from '../scope.js';
import type { PartOptions } from '../types.js';
import { activeClient, askText, begin, outerRunOf, report, type Begun } from './begun.js';
import { runCaptured } from './captureCall.js';
import type { CaptureRun, RunAgent } from './captureRun.js';

const member =
  (...names: readonly string[]) =>
  (result: unknown): unknown => {
    if (typeof result !== 'object' || result === null) return undefined;
    const name = names.find((one) => (result as Record<string, unknown>)[one] !== undefined);
    return name === undefined ? undefined : (result as Record<string, unknown>)[name];
  };

/** What a part's function returns is read by the names of the record's own layers. */
const MAPPERS: Mappers = {
  outcome: usualOutcome,
  confidence: member('confidence'),
  reasons: member('reasons', 'reasoning'),
  alternatives: member('alternatives'),
  rules: member('rules'),
};

const NOT_ALONE = 'decided within another decision: it is re-run with that one';

/** One of several decisions of a run: its own notebook and tape; what it calls is on the tape around it as well. */
export function decidePart(options: PartOptions, fn: () => unknown): unknown {
  const scope = currentScope();
  // In a replay the decision around it is what is compared.
  if (scope?.run.mode === 'replay')
    return shared.scopes.run({ run: scope.run, notebook: new Notebook(), insideCall: scope.insideCall }, fn);
  let begun: Begun | undefined;
  try {
    begun = beginPart(options, scope);
  } catch (error) {
    report(error);
  }
  return begun === undefined ? fn() : runCaptured(begun, fn);
}

function beginPart(options: PartOptions, scope: Scope | undefined): Begun | undefined {
  const client = activeClient();
  const around = scope?.run as CaptureRun | undefined;
  const agent = agentOf(options, around);
  if (agent === undefined) {
    const message = `ghost.decide({ type: ${JSON.stringify(options.type)} }) outside an agent: give agent and version`;
    client.refuse({ code: 'record.no_agent', message });
    return undefined;
  }
  const outer = outerRunOf(scope);
  const faults: string[] = [];
  const given = askText('key', () => options.key, faults);
  return begin({
    client,
    spec: specOfPart(agent, options),
    outer,
    key: keyOf(options.type, given, outer),
    subject: askText('subject', () => options.subject, faults),
    goal: askText('goal', () => options.goal, faults),
    inputs: snapshotText(options.inputs ?? null),
    faults,
    ...(outer !== undefined && { notAlone: NOT_ALONE }),
  });
}

function agentOf({ agent, version }: PartOptions, around: CaptureRun | undefined): RunAgent | undefined {
  if (agent !== undefined && version !== undefined) return { name: agent, version };
  return around?.agent;
}

/** A part has the type in its key, or it would be the same decision as the one around it that has the same key. */
function keyOf(type: string, given: string | undefined, outer: CaptureRun | undefined): string | undefined {
  if (given !== undefined) return `${type}/${given}`;
  if (outer === undefined || !outer.keyed) return undefined;
  outer.parts += 1;
  return `${outer.decision}/${type}/${outer.parts}`;
}

/** Parts recur with every run of their agent. */
const specs = new WeakMap<RunAgent, Map<string, AgentSpec>>();

function specOfPart(agent: RunAgent, { type, splitInputs }: PartOptions): AgentSpec {
  const make = (): AgentSpec => {
    const { name, version, model, promptVersion, codeDigest } = agent;
    return specOf({
      ...MAPPERS,
      name,
      version,
      type,
      ...(splitInputs !== undefined && { splitInputs }),
      ...(model !== undefined && { model }),
      ...(promptVersion !== undefined && { promptVersion }),
      ...(codeDigest !== undefined && { codeDigest }),
    });
  };
  if (splitInputs !== undefined) return make();
  const known = specs.get(agent) ?? new Map<string, AgentSpec>();
  specs.set(agent, known);
  const spec = known.get(type) ?? make();
  if (known.size < 256) known.set(type, spec);
  return spec;
}
