import type { Json, TapeEntry } from '@tenet-ledger/record';
import { gradeImport } from '../gradeImport.js';
import { importedCall } from '../importedCall.js';
import { hexOf } from '../hexOf.js';
import { brief, ItemError } from '../itemError.js';
import { timeOf } from '../mapping/readField.js';
import type { Converted, EffectOf, ImportedDecision } from '../types.js';
import { outcomeIn } from './outcomeIn.js';
import { isMap, listOf, readConversation, textOf, type Conversation } from './conversation.js';

export interface OpenaiOptions {
  readonly agent: string;
  readonly version: string;
  readonly type: string;
  readonly session: string;
  readonly occurredAt: string;
  readonly effectOf: EffectOf;
  /** JSON pointer into an answer that is JSON: where its outcome stands. Default: the answer's text. */
  readonly outcome?: string;
}

type Members = Readonly<Record<string, unknown>>;

/** What one line of such a log holds, whatever its form. */
interface Exchange {
  readonly key: string | null;
  readonly request: Members | null;
  readonly response: Members | null;
  readonly error: string | null;
  readonly at: string | null;
  readonly durMs: number | null;
  readonly form: 'pair' | 'batch output' | 'stored completion' | 'chat';
  /** The file of requests was given and has none of this id. */
  readonly unasked?: true;
}

const MAX_OUTCOME = 500;
const NO_REQUEST = 'the log holds no request: what the model was asked is not known';
const NO_REQUEST_OF_ID =
  'the file of requests has no single one of its custom_id: what the model was asked is not known';

/**
 * A line of a chat completion log: a request with its response, a line of the batch API's output (or error) file, a stored
 * completion alone, or a chat (`{"messages": […]}`).
 */
export function convertOpenai(value: Json, options: OpenaiOptions): Converted[] {
  const line = isMap(value) ? value : {};
  if (typeof line['custom_id'] === 'string' && isMap(line['body']) && line['response'] === undefined)
    return [{ skipped: 'a request of the batch API, without its answer' }];
  const exchange = readExchange(line);
  if (exchange === null) {
    throw new ItemError('', 'not a line of a chat completion log', {
      expected: '{request, response}, a batch output line, a chat.completion object, or {messages}',
      got: brief(Object.keys(line)),
    });
  }
  if (exchange.response === null && exchange.error === null && exchange.form !== 'chat')
    throw new ItemError('/response', 'missing', { expected: 'the answer of the model', got: 'nothing' });
  return [{ decision: decisionOf(exchange, options) }];
}

function readExchange(line: Members): Exchange | null {
  const { request, response } = line;
  const id = line['custom_id'] ?? line['id'] ?? line['request_id'];
  const common = {
    key: typeof id === 'string' ? id : typeof id === 'number' ? String(id) : null,
    at: timeIn(line),
    durMs: durationIn(line),
    error: errorIn(line['error']),
  };
  if (typeof line['custom_id'] === 'string' && 'response' in line) {
    const answer = isMap(response) ? response : null;
    const status = answer?.['status_code'];
    const body = isMap(answer?.['body']) ? answer['body'] : null;
    const failed = typeof status === 'number' && status >= 400;
    const error = common.error ?? (failed ? (errorIn(body?.['error']) ?? `HTTP ${status}`) : null);
    const asked = isMap(request) ? request : null;
    return {
      ...common,
      error,
      request: asked,
      response: failed ? null : body,
      form: 'batch output',
      ...notFound(line),
    };
  }
  if (isMap(request)) {
    const body = isMap(request['body']) ? request['body'] : request;
    const answer = isMap(response) && isMap(response['body']) ? response['body'] : response;
    return { ...common, request: body, response: isMap(answer) ? answer : null, form: 'pair' };
  }
  if (Array.isArray(line['choices'])) return { ...common, request: null, response: line, form: 'stored completion' };
  if (Array.isArray(line['messages'])) {
    const answer = isMap(response) ? response : null;
    return { ...common, request: line, response: answer, form: answer === null ? 'chat' : 'pair' };
  }
  return null;
}

const notFound = ({ request }: Members): { unasked?: true } => (request === null ? { unasked: true } : {});

function decisionOf(exchange: Exchange, options: OpenaiOptions): ImportedDecision {
  const { request, response } = exchange;
  const answer = listOf(response?.['choices']).map((choice) => (isMap(choice) ? choice['message'] : undefined));
  const messages = [...listOf(request?.['messages']), ...answer.slice(0, 1)];
  const chat = readConversation(messages, { effectOf: options.effectOf });
  const model = textIn(response, 'model') ?? textIn(request, 'model');
  const created = response?.['created'];
  const at = exchange.at ?? (typeof created === 'number' ? timeOf('created', String(created)) : null);
  const tape = request === null || exchange.form === 'chat' ? chat.tape : withModelCall(chat.tape, exchange);
  return {
    key: exchange.key ?? textIn(response, 'id') ?? `sha256:${hexOf(JSON.stringify([messages, at]))}`,
    session: options.session,
    agent: options.agent,
    version: options.version,
    type: options.type,
    occurredAt: at ?? options.occurredAt,
    origin: 'agent',
    inputs: request === null ? null : inputsOf(request, chat),
    reasoning: [...reasoningOf(response), ...chat.reasoning],
    outcome: outcomeOf(exchange, chat, answer[0], options.outcome),
    tape,
    ...(model !== null && { model }),
    ...(chat.system !== null && { promptVersion: `sha256:${hexOf(chat.system)}` }),
    lineage: lineageOf(exchange),
    grade: gradeOf(exchange, chat, at !== null),
  };
}

/** The request without what the tape holds anyway: the user's own words, as far as they came before any answer. */
function inputsOf(request: Members, chat: Conversation): Json {
  const metadata = request['metadata'];
  return {
    request: chat.request ?? '',
    ...(isMap(metadata) && { metadata: metadata as Readonly<Record<string, Json>> }),
  };
}

function withModelCall(tools: readonly TapeEntry[], { request, response, error, durMs }: Exchange): TapeEntry[] {
  const call = importedCall(tools.length + 1, {
    kind: 'model',
    name: 'chat.completions',
    effect: 'read',
    args: request,
    ...(error !== null ? { error: { code: 'model.error', message: error } } : { result: response }),
    ...(durMs !== null && { durMs }),
  });
  return [...tools, call];
}

function outcomeOf(exchange: Exchange, chat: Conversation, answer: unknown, pointer: string | undefined): string {
  if (exchange.error !== null) return `error: ${exchange.error}`.slice(0, MAX_OUTCOME);
  const message = isMap(answer) ? answer : {};
  const asked = listOf(message['tool_calls']).flatMap((call) => {
    const fn = isMap(call) && isMap(call['function']) ? call['function'] : {};
    return typeof fn['name'] === 'string' ? [fn['name']] : [];
  });
  const text =
    textOf(message['content']) ?? textOf([{ text: message['refusal'] }]) ?? (answer === undefined ? chat.final : null);
  // Words beside a call are on the way to it: what was decided is the call.
  if (asked.length > 0) return `call ${[...new Set(asked)].sort().join(' + ')}`;
  if (pointer !== undefined && text !== null) return outcomeIn(text, pointer);
  if (text !== null && text.trim() !== '') return text.trim().slice(0, MAX_OUTCOME);
  throw new ItemError('/response/choices/0/message', 'the answer says nothing', { expected: 'text or tool calls' });
}

/** What some servers give beside the answer: the model's own steps. */
function reasoningOf(response: Members | null): string[] {
  return listOf(response?.['choices'])
    .slice(0, 1)
    .flatMap((choice) => {
      const message = isMap(choice) && isMap(choice['message']) ? choice['message'] : {};
      const text = message['reasoning_content'] ?? message['reasoning'];
      return typeof text === 'string' && text !== '' ? [text] : [];
    });
}

function gradeOf(exchange: Exchange, chat: Conversation, timed: boolean): ImportedDecision['grade'] {
  const { form, request, response } = exchange;
  const unknown = [...new Set(chat.calls.filter(({ effect }) => effect === 'unknown').map(({ name }) => name))];
  // What the model asks for last is for its caller to run, and is the outcome; what was not answered before that is missing.
  const due = listOf(response?.['choices'])
    .slice(0, 1)
    .flatMap((choice) => {
      const message = isMap(choice) && isMap(choice['message']) ? choice['message'] : {};
      return listOf(message['tool_calls']);
    }).length;
  const unanswered = chat.unanswered - due;
  const asked = textIn(request, 'model');
  const answered = textIn(response, 'model');
  return gradeImport(`an OpenAI log (${form})`, {
    outcomeOnly: request === null ? [exchange.unasked === true ? NO_REQUEST_OF_ID : NO_REQUEST] : [],
    incomplete: [
      ...(form === 'chat' ? ['a chat without the requests to the model: its parameters are not known'] : []),
      ...(unanswered > 0 ? [`${unanswered} tool calls have no result in the log`] : []),
      ...(unknown.length > 0 ? [`effect class unknown: ${unknown.slice(0, 8).join(', ')} (--effects)`] : []),
    ],
    altered: [
      ...(asked !== answered
        ? [`model not pinned: asked for ${asked ?? 'none'}, answered by ${answered ?? 'an unnamed one'}`]
        : []),
      ...(timed ? [] : ['the log holds no time: that of the import stands for it']),
      ...chat.notes,
    ],
  });
}

function lineageOf({ form, response }: Exchange): Readonly<Record<string, Json>> {
  const [id, fingerprint] = [textIn(response, 'id'), textIn(response, 'system_fingerprint')];
  return { log: 'openai', form, ...(id !== null && { completion: id }), ...(fingerprint !== null && { fingerprint }) };
}

function textIn(value: Members | null | undefined, name: string): string | null {
  const text = value?.[name];
  return typeof text === 'string' && text !== '' ? text : null;
}

function timeIn(line: Members): string | null {
  for (const name of ['timestamp', 'time', 'created_at', 'createdAt', 'ts', 'started_at', 'start_time']) {
    const value = line[name];
    if (typeof value === 'string' || typeof value === 'number') return timeOf(`/${name}`, String(value));
  }
  return null;
}

function durationIn(line: Members): number | null {
  for (const name of ['latency_ms', 'duration_ms', 'durationMs', 'latencyMs']) {
    const value = line[name];
    if (typeof value === 'number' && value >= 0) return value;
  }
  return null;
}

function errorIn(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (!isMap(value)) return null;
  const { message, code } = value;
  return typeof message === 'string' ? message : typeof code === 'string' ? code : 'failed';
}
