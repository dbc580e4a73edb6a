import type { Json } from '@tenet-ledger/record';

/** Puts the chunks of a streamed answer together into the answer the endpoint would have given at once. */
export interface Assembler {
  add(chunk: unknown): void;
  answer(): Json;
}

type Members = Record<string, unknown>;
const members = (value: unknown): Members => (typeof value === 'object' && value !== null ? (value as Members) : {});

interface ToolCallParts {
  readonly index: number;
  id: string;
  type: string;
  name: string;
  arguments: string;
}

interface ChoiceParts {
  readonly index: number;
  role: string;
  content: string | null;
  refusal: string | null;
  finish: string | null;
  readonly toolCalls: Map<number, ToolCallParts>;
}

/** chat.completion.chunk → chat.completion */
export function chatAssembler(): Assembler {
  const head: Members = {};
  const choices = new Map<number, ChoiceParts>();
  return {
    add(chunk) {
      const { choices: deltas, ...rest } = members(chunk);
      for (const name of ['id', 'created', 'model', 'system_fingerprint', 'service_tier', 'usage']) {
        if (rest[name] !== undefined && rest[name] !== null) head[name] = rest[name];
      }
      for (const choice of Array.isArray(deltas) ? (deltas as unknown[]) : []) addChoice(choices, members(choice));
    },
    answer: () =>
      ({
        ...head,
        object: 'chat.completion',
        choices: [...choices.values()].sort((a, b) => a.index - b.index).map(choiceOf),
      }) as unknown as Json,
  };
}

function addChoice(choices: Map<number, ChoiceParts>, choice: Members): void {
  const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
  const parts = choices.get(index) ?? {
    index,
    role: 'assistant',
    content: null,
    refusal: null,
    finish: null,
    toolCalls: new Map(),
  };
  choices.set(index, parts);
  const delta = members(choice['delta']);
  if (typeof delta['role'] === 'string') parts.role = delta['role'];
  if (typeof delta['content'] === 'string') parts.content = (parts.content ?? '') + delta['content'];
  if (typeof delta['refusal'] === 'string') parts.refusal = (parts.refusal ?? '') + delta['refusal'];
  if (typeof choice['finish_reason'] === 'string') parts.finish = choice['finish_reason'];
  for (const call of Array.isArray(delta['tool_calls']) ? (delta['tool_calls'] as unknown[]) : [])
    addToolCall(parts, members(call));
}

function addToolCall({ toolCalls }: ChoiceParts, call: Members): void {
  const index = typeof call['index'] === 'number' ? call['index'] : toolCalls.size;
  const parts = toolCalls.get(index) ?? { index, id: '', type: 'function', name: '', arguments: '' };
  toolCalls.set(index, parts);
  const fn = members(call['function']);
  if (typeof call['id'] === 'string') parts.id = call['id'];
  if (typeof call['type'] === 'string') parts.type = call['type'];
  if (typeof fn['name'] === 'string') parts.name += fn['name'];
  if (typeof fn['arguments'] === 'string') parts.arguments += fn['arguments'];
}

function choiceOf({ index, role, content, refusal, finish, toolCalls }: ChoiceParts): Members {
  const calls = [...toolCalls.values()].sort((a, b) => a.index - b.index);
  const tool_calls = calls.map((call) => ({
    id: call.id,
    type: call.type,
    function: { name: call.name, arguments: call.arguments },
  }));
  const message = { role, content, refusal, ...(tool_calls.length > 0 && { tool_calls }) };
  return { index, message, logprobs: null, finish_reason: finish };
}

/** Events of the responses endpoint: the last one carries the whole answer. */
export function responseAssembler(): Assembler {
  let last: unknown = null;
  return {
    add(event) {
      const { response } = members(event);
      if (response !== undefined) last = response;
    },
    answer: () => last as Json,
  };
}
