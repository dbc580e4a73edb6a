import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A stand-in for an OpenAI-compatible model server, over real HTTP: chat completions (tool calls, streams, usage), responses,
 * embeddings (float and base64), 429 with Retry-After, and errors. It is no model: answers are scripted, or echo.
 */
export interface ModelServer {
  /** For `baseURL`: ends in /v1. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  /** Answers the next requests in this order; then `respond`, then the default echo. */
  script(...answers: readonly ModelAnswer[]): void;
  close(): Promise<void>;
}

export interface ModelRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}

export type ModelAnswer =
  | { readonly content: string; readonly model?: string }
  | { readonly toolCalls: readonly { readonly name: string; readonly arguments: unknown }[] }
  /** 429 where no other status is given. */
  | { readonly status?: number; readonly retryAfterSeconds?: number; readonly message?: string }
  /** Ends the connection without an answer. */
  | { readonly hangUp: true }
  | { readonly delayMs: number; readonly then: ModelAnswer };

export interface ModelServerOptions {
  readonly respond?: (request: ModelRequest) => ModelAnswer | undefined;
  /** Name that answers carry. @default the name asked for */
  readonly answersAs?: string;
  /** @default 8 */
  readonly dims?: number;
  /** A server that knows only float arrays, whatever encoding is asked for. */
  readonly floatOnly?: boolean;
}

export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const scripted: ModelAnswer[] = [];
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const seen = { path: request.url ?? '', authorization: request.headers.authorization, body };
      requests.push(seen);
      return answer(seen, scripted.shift() ?? options.respond?.(seen) ?? { content: echo(body) }, response, options);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    script: (...answers) => void scripted.push(...answers),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function answer(
  request: ModelRequest,
  planned: ModelAnswer,
  response: ServerResponse,
  options: ModelServerOptions,
): Promise<void> {
  if ('delayMs' in planned) {
    await new Promise((resolve) => setTimeout(resolve, planned.delayMs));
    return answer(request, planned.then, response, options);
  }
  if ('hangUp' in planned) return void response.destroy();
  if (!('content' in planned) && !('toolCalls' in planned)) return fail(planned, response);
  const model = ('model' in planned ? planned.model : undefined) ?? options.answersAs ?? text(request.body['model']);
  if (request.path.endsWith('/embeddings')) return json(response, 200, embeddings(request.body, model, options));
  if (request.path.endsWith('/responses')) return respondResponses(request.body, planned, model, response);
  if (!request.path.endsWith('/chat/completions')) return fail({ status: 404, message: 'no such endpoint' }, response);
  const completion = chat(request.body, planned, model);
  return request.body['stream'] === true
    ? streamChat(completion, request.body, response)
    : json(response, 200, completion);
}

function fail(
  {
    status = 429,
    retryAfterSeconds,
    message = 'scripted failure',
  }: { status?: number; retryAfterSeconds?: number; message?: string },
  response: ServerResponse,
): void {
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds));
  json(response, status, {
    error: { message, type: status === 429 ? 'rate_limit_error' : 'server_error', code: null, param: null },
  });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_stand_in' });
  response.end(JSON.stringify(body));
}

type Said = Extract<ModelAnswer, { content: string } | { toolCalls: unknown }>;

interface ChatMessage {
  role: 'assistant';
  content: string | null;
  refusal: null;
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
}

interface Completion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  system_fingerprint: string;
  choices: { index: number; message: ChatMessage; logprobs: null; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

function chat(body: Record<string, unknown>, said: Said, model: string): Completion {
  const message: ChatMessage = { role: 'assistant', content: 'content' in said ? said.content : null, refusal: null };
  if ('toolCalls' in said) {
    message.tool_calls = said.toolCalls.map((call, i) => ({
      id: `call_${i + 1}`,
      type: 'function',
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    }));
  }
  const prompt_tokens = tokens(JSON.stringify(body['messages'] ?? ''));
  const completion_tokens = tokens(JSON.stringify(message.tool_calls ?? message.content));
  return {
    id: 'chatcmpl_stand_in',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    system_fingerprint: 'fp_stand_in',
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'toolCalls' in said ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

/** Splits content by words and tool arguments in halves: what a client has to put together again. */
function streamChat(completion: Completion, body: Record<string, unknown>, response: ServerResponse): void {
  const { choices, usage, ...head } = completion;
  const { message, finish_reason } = choices[0]!;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (rest: object): void =>
    void response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...rest })}\n\n`);
  const delta = (piece: object, end: string | null = null): void =>
    send({ choices: [{ index: 0, delta: piece, logprobs: null, finish_reason: end }] });
  delta({ role: 'assistant' });
  for (const word of message.content?.split(/(?<= )/) ?? []) delta({ content: word });
  message.tool_calls?.forEach(({ id, type, function: fn }, index) => {
    const half = Math.ceil(fn.arguments.length / 2);
    delta({ tool_calls: [{ index, id, type, function: { name: fn.name, arguments: fn.arguments.slice(0, half) } }] });
    delta({ tool_calls: [{ index, function: { arguments: fn.arguments.slice(half) } }] });
  });
  delta({}, finish_reason);
  const { include_usage } = (body['stream_options'] ?? {}) as { include_usage?: boolean };
  if (include_usage === true) send({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

type OutputItem =
  | { type: 'message'; id: string; role: 'assistant'; status: 'completed'; content: object[] }
  | { type: 'function_call'; id: string; call_id: string; name: string; arguments: string; status: 'completed' };

function outputOf(said: Said): OutputItem[] {
  if ('content' in said) {
    const part = { type: 'output_text', text: said.content, annotations: [], logprobs: [] };
    return [{ type: 'message', id: 'msg_stand_in', role: 'assistant', status: 'completed', content: [part] }];
  }
  return said.toolCalls.map((call, i) => ({
    type: 'function_call',
    id: `fc_${i + 1}`,
    call_id: `call_${i + 1}`,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    status: 'completed',
  }));
}

function respondResponses(body: Record<string, unknown>, said: Said, model: string, response: ServerResponse): void {
  const output = outputOf(said);
  const input_tokens = tokens(JSON.stringify(body['input'] ?? ''));
  const output_tokens = tokens(JSON.stringify(said));
  const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  const whole = {
    id: 'resp_stand_in',
    object: 'response',
    created_at: 1_700_000_000,
    status: 'completed',
    model,
    output,
    usage,
  };
  if (body['stream'] !== true) return json(response, 200, whole);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sequence_number = 0;
  const send = (type: string, rest: object): void =>
    void response.write(
      `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...rest })}\n\n`,
    );
  send('response.created', { response: { ...whole, status: 'in_progress', output: [] } });
  output.forEach((item, output_index) => streamItem(item, output_index, send));
  send('response.completed', { response: whole });
  response.end();
}

function streamItem(item: OutputItem, output_index: number, send: (type: string, rest: object) => void): void {
  const at = { item_id: item.id, output_index };
  if (item.type === 'function_call') {
    send('response.output_item.added', { output_index, item: { ...item, arguments: '', status: 'in_progress' } });
    send('response.function_call_arguments.delta', { ...at, delta: item.arguments });
    send('response.function_call_arguments.done', { ...at, name: item.name, arguments: item.arguments });
  } else {
    send('response.output_item.added', { output_index, item: { ...item, content: [], status: 'in_progress' } });
    const part = item.content[0] as { text: string };
    const where = { ...at, content_index: 0 };
    send('response.content_part.added', { ...where, part: { ...part, text: '' } });
    for (const delta of part.text.split(/(?<= )/))
      send('response.output_text.delta', { ...where, delta, logprobs: [] });
    send('response.output_text.done', { ...where, text: part.text, logprobs: [] });
    send('response.content_part.done', { ...where, part });
  }
  send('response.output_item.done', { output_index, item });
}

function embeddings(
  body: Record<string, unknown>,
  model: string,
  { dims = 8, floatOnly = false }: ModelServerOptions,
): unknown {
  const input = (Array.isArray(body['input']) ? body['input'] : [body['input']]) as string[];
  const asText = body['encoding_format'] === 'base64' && !floatOnly;
  const data = input.map((item, index) => {
    const vector = vectorOf(item, dims);
    const bytes = Float32Array.from(vector);
    return { object: 'embedding', index, embedding: asText ? Buffer.from(bytes.buffer).toString('base64') : vector };
  });
  const prompt_tokens = input.reduce((sum, item) => sum + tokens(item), 0);
  return { object: 'list', model, data, usage: { prompt_tokens, total_tokens: prompt_tokens } };
}

/** A unit vector that depends on nothing but the text. */
function vectorOf(item: string, dims: number): number[] {
  const raw = Array.from({ length: dims }, (_, i) => {
    let hash = 2166136261 ^ i;
    for (const char of item) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
    return ((hash >>> 0) / 2 ** 32) * 2 - 1;
  });
  const length = Math.hypot(...raw) || 1;
  return raw.map((value) => value / length);
}

function echo(body: Record<string, unknown>): string {
  const messages = body['messages'];
  const last = Array.isArray(messages) ? (messages.at(-1) as { content?: unknown } | undefined) : undefined;
  const said = last?.content ?? body['input'] ?? '';
  return typeof said === 'string' ? said : JSON.stringify(said);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const tokens = (value: string): number => Math.ceil(value.length / 4);
