import type { Json } from '@tenet-ledger/record';

/** The part of the client library's Stream that agents use. */
export class ServedStream implements AsyncIterable<unknown> {
  readonly controller = new AbortController();
  readonly #chunks: readonly unknown[];

  constructor(chunks: readonly unknown[]) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    for (const chunk of this.#chunks) {
      if (this.controller.signal.aborted) return;
      yield chunk;
    }
  }

  tee(): [ServedStream, ServedStream] {
    return [new ServedStream(this.#chunks), new ServedStream(this.#chunks)];
  }
}

type Members = Record<string, Json | undefined>;
const members = (value: Json | undefined): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {};
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : []);

/** The stream that an assembled answer would have come in. */
export const unroll = (endpoint: string, answer: Json): ServedStream =>
  endpoint === 'responses' ? unrollResponse(answer) : unrollChat(answer);

/** chat.completion → chunks: one per choice with its whole text, one with its end, one with the usage. */
function unrollChat(answer: Json): ServedStream {
  const { choices, usage, ...head } = members(answer);
  const chunk = (rest: object): object => ({ ...head, object: 'chat.completion.chunk', ...rest });
  const chunks: object[] = [];
  for (const choice of list(choices).map(members)) {
    const { tool_calls: calls, ...message } = members(choice['message']);
    const tool_calls = list(calls).map((call, index) => ({ index, ...members(call) }));
    const delta = { ...message, ...(tool_calls.length > 0 && { tool_calls }) };
    const index = choice['index'] ?? 0;
    chunks.push(chunk({ choices: [{ index, delta, logprobs: null, finish_reason: null }] }));
    chunks.push(
      chunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason: choice['finish_reason'] ?? null }] }),
    );
  }
  if (usage !== undefined) chunks.push(chunk({ choices: [], usage }));
  return new ServedStream(chunks);
}

type Send = (type: string, rest: object) => void;

/** response → the events it would have come in: items, their parts, texts and arguments, and the end. */
function unrollResponse(answer: Json): ServedStream {
  const response = members(answer);
  const events: object[] = [];
  const send: Send = (type, rest) => void events.push({ type, sequence_number: events.length, ...rest });
  send('response.created', { response: { ...response, status: 'in_progress', output: [] } });
  list(response['output']).forEach((item, output_index) => unrollItem(members(item), output_index, send));
  const status = typeof response['status'] === 'string' ? response['status'] : 'completed';
  send(`response.${status}`, { response });
  return new ServedStream(events);
}

function unrollItem(item: Members, output_index: number, send: Send): void {
  const { id: item_id, content, arguments: args } = item;
  const started = {
    ...item,
    ...(item['status'] !== undefined && { status: 'in_progress' }),
    ...(Array.isArray(content) && { content: [] }),
    ...(typeof args === 'string' && { arguments: '' }),
  };
  send('response.output_item.added', { output_index, item: started });
  list(content).forEach((part, content_index) =>
    unrollPart(members(part), { item_id, output_index, content_index }, send),
  );
  if (item['type'] === 'function_call' && typeof args === 'string') {
    send('response.function_call_arguments.delta', { item_id, output_index, delta: args });
    send('response.function_call_arguments.done', { item_id, output_index, name: item['name'], arguments: args });
  }
  send('response.output_item.done', { output_index, item });
}

function unrollPart(part: Members, where: object, send: Send): void {
  const { type, text, refusal } = part;
  const spoken = type === 'output_text' ? text : type === 'refusal' ? refusal : undefined;
  const empty = type === 'output_text' ? { text: '' } : type === 'refusal' ? { refusal: '' } : {};
  send('response.content_part.added', { ...where, part: { ...part, ...empty } });
  if (typeof spoken === 'string' && type === 'output_text') {
    send('response.output_text.delta', { ...where, delta: spoken, logprobs: [] });
    send('response.output_text.done', { ...where, text: spoken, logprobs: [] });
  } else if (typeof spoken === 'string') {
    send('response.refusal.delta', { ...where, delta: spoken });
    send('response.refusal.done', { ...where, refusal: spoken });
  }
  send('response.content_part.done', { ...where, part });
}
