import type { Json } from '@tenet-ledger/record';
import { textOf } from './messages.js';
import type { Attributes, Span } from './spans.js';

export type SpanKind = 'agent' | 'model' | 'embedding' | 'tool' | 'other';

const OPERATIONS: Readonly<Record<string, SpanKind>> = {
  invoke_agent: 'agent',
  invoke_workflow: 'agent',
  chat: 'model',
  text_completion: 'model',
  generate_content: 'model',
  embeddings: 'embedding',
  execute_tool: 'tool',
  retrieval: 'tool',
};
const OPENINFERENCE: Readonly<Record<string, SpanKind>> = {
  AGENT: 'agent',
  LLM: 'model',
  EMBEDDING: 'embedding',
  TOOL: 'tool',
  RETRIEVER: 'tool',
  RERANKER: 'tool',
};

/** What a span stands for: by the GenAI convention, else by OpenInference, else by what older instrumentations set. */
export function kindOf({ attributes }: Span): SpanKind {
  const operation = textOf(attributes['gen_ai.operation.name']);
  const known = OPERATIONS[operation] ?? OPENINFERENCE[textOf(attributes['openinference.span.kind']).toUpperCase()];
  if (known !== undefined) return known;
  if (operation !== '') return 'other';
  // Before operations had names: a provider and a model make a model call.
  const provider = attributes['gen_ai.system'] ?? attributes['gen_ai.provider.name'];
  return provider !== undefined && attributes['gen_ai.request.model'] !== undefined ? 'model' : 'other';
}

export const isGenAi = (span: Span): boolean => kindOf(span) !== 'other';

/** The first of these attributes that is text. */
export function firstText(attributes: Attributes, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

const PARAMETERS = 'gen_ai.request.';

/** What the request asked for beside its messages. */
export function parametersOf(attributes: Attributes): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith(PARAMETERS) && name !== `${PARAMETERS}model`) found[name.slice(PARAMETERS.length)] = value;
  }
  return found;
}

export function usageOf(attributes: Attributes): Record<string, number> {
  const read = (...names: readonly string[]): number | null => {
    const value = names.map((name) => attributes[name]).find((one) => typeof one === 'number');
    return typeof value === 'number' ? value : null;
  };
  const input = read('gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt');
  const output = read('gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion');
  return { ...(input !== null && { input }), ...(output !== null && { output }) };
}
