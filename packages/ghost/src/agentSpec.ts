import type { RunAgent } from './capture/captureRun.js';
import { inputsOf } from './inputs.js';
import type { Mappers } from './readDecision.js';
import { readPath } from './readPath.js';
import type { AgentOptions, AnyFunction } from './types.js';

type Ask = (args: readonly unknown[]) => unknown;

/** An agent's options, read once. */
export interface AgentSpec extends RunAgent {
  readonly type: string;
  /** name@version */
  readonly agent: string;
  readonly mappers: Mappers;
  readonly goal: Ask | undefined;
  readonly key: Ask | undefined;
  readonly subject: Ask | undefined;
  readonly splitInputs: readonly string[] | undefined;
}

const LAYERS = ['outcome', 'reasons', 'confidence', 'alternatives', 'rules'] as const;

/** Options with every default filled in and every path of the result turned into the function it stands for. */
export type CompleteOptions = Omit<AgentOptions<AnyFunction>, (typeof LAYERS)[number] | 'type'> &
  Mappers & { readonly type: string };

export function completeOptions(options: AgentOptions<AnyFunction>): CompleteOptions {
  const mappers: Partial<Record<(typeof LAYERS)[number], (result: unknown) => unknown>> = {};
  for (const layer of LAYERS) {
    const mapper = options[layer];
    if (typeof mapper === 'string') mappers[layer] = (result) => readPath(result, mapper);
    else if (mapper !== undefined) mappers[layer] = mapper;
  }
  const { outcome: _o, reasons: _r, confidence: _c, alternatives: _a, rules: _u, type, ...rest } = options;
  return { ...rest, ...mappers, outcome: mappers.outcome ?? usualOutcome, type: type ?? options.name };
}

export function specOf(options: CompleteOptions): AgentSpec {
  const { name, version, type, goal, key, subject, splitInputs, model, promptVersion, codeDigest } = options;
  return {
    name,
    version,
    type,
    agent: `${name}@${version}`,
    mappers: options,
    goal: typeof goal === 'string' ? () => goal : askBy(goal),
    key: askBy(key),
    subject: askBy(subject),
    splitInputs,
    ...(model !== undefined && { model }),
    ...(promptVersion !== undefined && { promptVersion }),
    ...(codeDigest !== undefined && { codeDigest }),
  };
}

/** A function is given the arguments; a path starts in the input as it is recorded. */
function askBy(mapper: string | ((...args: never[]) => unknown) | undefined): Ask | undefined {
  if (mapper === undefined) return undefined;
  if (typeof mapper === 'string') return (args) => readPath(args.length === 1 ? inputsOf(args) : args, mapper);
  return (args) => (mapper as (...args: unknown[]) => unknown)(...args);
}

const USUAL = ['outcome', 'decision', 'status'] as const;
/** A longer text that an agent returns is an answer, not an outcome. */
const MAX_OUTCOME_CHARS = 256;

/** Without a mapper: a short text, a number or a flag is the outcome; of an object, the first of its usual members that is one. */
export function usualOutcome(result: unknown): unknown {
  if (isOutcome(result)) return result;
  if (typeof result !== 'object' || result === null) return undefined;
  for (const name of USUAL) {
    const member = (result as Record<string, unknown>)[name];
    if (isOutcome(member)) return member;
  }
  return undefined;
}

const isOutcome = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value.length <= MAX_OUTCOME_CHARS);
