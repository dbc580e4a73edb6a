import type { EffectClass, Json, TapeEntry } from '@tenet-ledger/record';
import { importedCall } from '../imports/index.js';
import { firstText, kindOf, parametersOf, usageOf } from './classify.js';
import { exchangeOf, parsed, textOf, type Message } from './messages.js';
import type { Span } from './spans.js';

/** A span as a call on the tape of the decision it belongs to. */
export interface SpanCall {
  readonly entry: TapeEntry;
  /** What the call's span does not hold. */
  readonly missing: readonly string[];
  readonly model: { readonly asked: string; readonly answered: string } | null;
}

const EFFECTS: ReadonlySet<string> = new Set(['pure', 'read', 'write', 'irreversible']);

/** `from`: when the decision began. `answers`: what the model was told of tool calls, by call id. */
export function callOf(span: Span, n: number, from: number, answers: ReadonlyMap<string, Json>): SpanCall {
  const timing = { startedMs: span.startMs - from, durMs: span.endMs - span.startMs };
  switch (kindOf(span)) {
    case 'model':
    case 'embedding':
      return modelCall(span, n, timing);
    case 'agent':
      return agentCall(span, n, timing);
    default:
      return toolCall(span, n, timing, answers);
  }
}

interface Timing {
  readonly startedMs: number;
  readonly durMs: number;
}

export function modelNames({ attributes }: Span): { asked: string; answered: string } {
  const asked = firstText(attributes, 'gen_ai.request.model', 'llm.model_name', 'embedding.model_name') ?? '';
  const answered = firstText(attributes, 'gen_ai.response.model') ?? '';
  return { asked, answered };
}

function modelCall(span: Span, n: number, timing: Timing): SpanCall {
  const { attributes } = span;
  const { input, output } = exchangeOf(span);
  const names = modelNames(span);
  const embeds = kindOf(span) === 'embedding';
  const usage = usageOf(attributes);
  const parameters = parametersOf(attributes);
  const finish = attributes['gen_ai.response.finish_reasons'];
  const result =
    output === null ? undefined : { messages: output.map(shown), ...(finish !== undefined && { finish }), usage };
  const missing = [
    ...(input === null ? ['what a model was asked is not in its span'] : []),
    ...(output === null && !embeds && span.failed === null ? ['what a model answered is not in its span'] : []),
  ];
  const entry = importedCall(n, {
    kind: 'model',
    name: embeds ? 'embeddings' : 'chat.completions',
    effect: 'read',
    args: {
      model: names.asked,
      ...(input !== null && { messages: input.map(shown) }),
      ...(Object.keys(parameters).length > 0 && { parameters }),
    },
    ...answer(span, result ?? (embeds ? { usage } : undefined)),
    ...timing,
  });
  return { entry, missing, model: names };
}

/** An agent inside another decides for itself: it has a record of its own, and is a call here. */
function agentCall(span: Span, n: number, timing: Timing): SpanCall {
  const { input, output } = exchangeOf(span);
  const name = firstText(span.attributes, 'gen_ai.agent.name', 'agent.name') ?? span.name;
  const entry = importedCall(n, {
    kind: 'tool',
    name: `agent ${name}`,
    effect: effectOf(span),
    args: input === null ? [] : [input.map(shown)],
    ...answer(span, output?.map(shown)),
    ...timing,
  });
  return {
    entry,
    missing: output === null && span.failed === null ? [`what the agent ${name} answered is not in its span`] : [],
    model: null,
  };
}

function toolCall(span: Span, n: number, timing: Timing, answers: ReadonlyMap<string, Json>): SpanCall {
  const { attributes } = span;
  const name = firstText(attributes, 'gen_ai.tool.name', 'tool.name', 'gen_ai.data_source.id') ?? span.name;
  const args = parsed(
    attributes['gen_ai.tool.call.arguments'] ??
      attributes['tool.parameters'] ??
      attributes['input.value'] ??
      attributes['gen_ai.retrieval.query.text'],
  );
  const told = answers.get(textOf(attributes['gen_ai.tool.call.id']));
  const result =
    parsed(
      attributes['gen_ai.tool.call.result'] ?? attributes['output.value'] ?? attributes['gen_ai.retrieval.documents'],
    ) ?? told;
  const missing = [
    ...(args === undefined ? [`the arguments of ${name} are not in its span`] : []),
    ...(result === undefined && span.failed === null ? [`the result of ${name} is not in its span`] : []),
    ...(effectOf(span) === 'unknown' ? [`effect class of ${name} unknown (attribute tenet.effect)`] : []),
  ];
  const entry = importedCall(n, {
    kind: 'tool',
    name,
    effect: effectOf(span),
    args: args === undefined ? [] : [args],
    ...answer(span, result),
    ...timing,
  });
  return { entry, missing, model: null };
}

function effectOf({ attributes }: Span): EffectClass {
  const said = textOf(attributes['tenet.effect']);
  if (EFFECTS.has(said)) return said as EffectClass;
  const retrieves =
    attributes['gen_ai.operation.name'] === 'retrieval' ||
    /^(RETRIEVER|RERANKER)$/.test(textOf(attributes['openinference.span.kind']));
  return retrieves ? 'read' : 'unknown';
}

function answer(
  span: Span,
  result: Json | undefined,
): { error: { code: string; message: string } } | { result: Json } | object {
  if (span.failed !== null)
    return { error: { code: firstText(span.attributes, 'error.type') ?? 'error', message: span.failed } };
  return result === undefined ? {} : { result };
}

/** A message as the tape holds it: only what is there. */
export function shown({ role, text, calls, answers, reasoning }: Message): Record<string, Json> {
  return {
    role,
    ...(text !== '' && { content: text }),
    ...(reasoning.length > 0 && { reasoning: [...reasoning] }),
    ...(calls.length > 0 && { calls: calls.map(({ id, name, args }) => ({ id, name, arguments: args })) }),
    ...(answers.length > 0 && { answers: answers.map(({ id, result }) => ({ id, result })) }),
  };
}
