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

/** chat.completion → chunks: one per choice with its whole text, one with its end, one with the usage. */
export function unrollChat(answer: Json): ServedStream {
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

/** response → the events that carry text and end. */
export function unrollResponse(answer: Json): ServedStream {
  const response = members(answer);
  let sequence_number = 0;
  const event = (type: string, rest: object): object => ({ type, sequence_number: sequence_number++, ...rest });
  const events = [event('response.created', { response: { ...response, status: 'in_progress', output: [] } })];
  list(response['output']).forEach((item, output_index) => {
    const { id: item_id, content } = members(item);
    events.push(event('response.output_item.added', { output_index, item }));
    list(content).forEach((part, content_index) => {
      const { type, text } = members(part);
      if (type !== 'output_text') return;
      const where = { item_id, output_index, content_index, logprobs: [] };
      events.push(
        event('response.output_text.delta', { ...where, delta: text }),
        event('response.output_text.done', { ...where, text }),
      );
    });
    events.push(event('response.output_item.done', { output_index, item }));
  });
  const status = typeof response['status'] === 'string' ? response['status'] : 'completed';
  events.push(event(`response.${status}`, { response }));
  return new ServedStream(events);
}
