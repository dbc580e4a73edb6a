import type { Json } from '@tenet-ledger/record';
import { nested } from './nested.js';
import type { Attributes, Span } from './spans.js';

/** A message in one form, whatever convention it was written in. */
export interface Message {
  readonly role: string;
  readonly text: string;
  readonly reasoning: readonly string[];
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: Json }[];
  /** What a tool answered, as the model was told. */
  readonly answers: readonly { readonly id: string; readonly result: Json }[];
}

export interface Exchange {
  /** null where the instrumentation did not capture contents. */
  readonly input: readonly Message[] | null;
  readonly output: readonly Message[] | null;
  readonly system: string | null;
}

const DETAILS = 'gen_ai.client.inference.operation.details';

/**
 * What went into a model or an agent and what came out. In this order: the attributes of the current convention, the event that carries
 * them, events a message each (v1.36 and before), `gen_ai.prompt` and `gen_ai.completion`, OpenInference.
 */
export function exchangeOf(span: Span): Exchange {
  const { attributes, events } = span;
  const details = events.find(({ name }) => name === DETAILS)?.attributes ?? {};
  const all: Attributes = { ...details, ...attributes };
  const input =
    listed(all['gen_ai.input.messages']) ??
    eventInput(span) ??
    listed(nested(attributes, 'gen_ai.prompt')) ??
    listed(eventText(span, 'gen_ai.content.prompt', 'gen_ai.prompt')) ??
    listed(nested(attributes, 'llm.input_messages')) ??
    plain(attributes['input.value'], 'user');
  const output =
    listed(all['gen_ai.output.messages']) ??
    eventOutput(span) ??
    listed(nested(attributes, 'gen_ai.completion')) ??
    listed(eventText(span, 'gen_ai.content.completion', 'gen_ai.completion')) ??
    listed(nested(attributes, 'llm.output_messages')) ??
    plain(attributes['output.value'], 'assistant');
  const instructions = partsText(parsed(all['gen_ai.system_instructions']));
  const told = (input ?? []).filter(({ role }) => role === 'system' || role === 'developer').map(({ text }) => text);
  const system = instructions !== '' ? instructions : told.length > 0 ? told.join('\n\n') : null;
  return { input, output, system };
}

const MESSAGE_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;

function eventInput({ events }: Span): Message[] | null {
  const found = events.flatMap(({ name, attributes }) => {
    const role = MESSAGE_EVENT.exec(name)?.[1];
    return role === undefined ? [] : [messageOf({ role, ...eventBody(attributes) })];
  });
  return found.length === 0 ? null : found;
}

function eventOutput({ events }: Span): Message[] | null {
  const found = events.flatMap(({ name, attributes }) => {
    if (name !== 'gen_ai.choice') return [];
    const body = eventBody(attributes);
    const inner = parsed(body['message']);
    return [messageOf({ role: 'assistant', ...body, ...(isMap(inner) ? inner : {}) })];
  });
  return found.length === 0 ? null : found;
}

/** The body of an event is its attributes, or JSON in one of them. */
function eventBody(attributes: Attributes): Record<string, Json> {
  const inner = parsed(attributes['gen_ai.event.content'] ?? attributes['event.body']);
  return { ...attributes, ...(isMap(inner) ? inner : {}) };
}

const eventText = ({ events }: Span, event: string, attribute: string): Json | undefined =>
  events.find(({ name }) => name === event)?.attributes[attribute];

function listed(value: Json | undefined): Message[] | null {
  const list = parsed(value);
  if (isMap(list)) return [messageOf(list)];
  if (!Array.isArray(list) || list.length === 0) return null;
  const messages = (list as readonly Json[]).filter(isMap).map(messageOf);
  return messages.length === 0 ? null : messages;
}

/** Input and output of spans that are no chat: one text, or a value in JSON. */
function plain(value: Json | undefined, role: string): Message[] | null {
  if (value === undefined || value === null || value === '') return null;
  const read = parsed(value);
  const inner = isMap(read) ? read['messages'] : undefined;
  const chat = Array.isArray(inner) ? listed(inner as Json) : null;
  return chat ?? [{ ...NOTHING, role, text: typeof value === 'string' ? value : JSON.stringify(value) }];
}

const NOTHING = { reasoning: [], calls: [], answers: [] } as const;

function messageOf(raw: Readonly<Record<string, Json>>): Message {
  // OpenInference and older forms put the message into a member of that name.
  const message = isMap(raw['message']) ? raw['message'] : raw;
  const content = parsed(message['parts'] ?? message['contents'] ?? message['content']);
  const parts = Array.isArray(content) ? (content as readonly Json[]).filter(isMap) : [];
  const role = textOf(message['role']) || textOf(raw['role']) || 'assistant';
  const text =
    typeof content === 'string'
      ? content
      : typeof message['content'] === 'string' && parts.length === 0
        ? message['content']
        : partsText(content);
  return {
    role,
    text,
    reasoning: parts
      .filter(({ type }) => type === 'reasoning' || type === 'thinking')
      .map((part) => textOf(part['content'] ?? part['thinking'] ?? part['text'])),
    calls: [
      ...parts.filter(({ type }) => type === 'tool_call' || type === 'tool_use'),
      ...listIn(message, 'tool_calls'),
    ].flatMap(callOf),
    answers: answersOf(message, role, text, parts),
  };
}

function callOf(raw: Json): { id: string; name: string; args: Json }[] {
  if (!isMap(raw)) return [];
  const call = isMap(raw['tool_call']) ? raw['tool_call'] : raw;
  const fn = isMap(call['function']) ? call['function'] : call;
  const name = textOf(fn['name']);
  const args = parsed(fn['arguments'] ?? fn['input']) ?? {};
  return name === '' ? [] : [{ id: textOf(call['id']), name, args }];
}

function answersOf(
  message: Readonly<Record<string, Json>>,
  role: string,
  text: string,
  parts: readonly Readonly<Record<string, Json>>[],
): { id: string; result: Json }[] {
  const told = parts.filter(({ type }) => type === 'tool_call_response' || type === 'tool_result');
  if (told.length > 0)
    return told.map((part) => ({
      id: textOf(part['id'] ?? part['tool_use_id']),
      result: part['response'] ?? part['result'] ?? part['content'] ?? null,
    }));
  return role === 'tool' ? [{ id: textOf(message['tool_call_id'] ?? message['id']), result: text }] : [];
}

function partsText(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as readonly Json[])
    .flatMap((part) => {
      if (typeof part === 'string') return [part];
      if (!isMap(part)) return [];
      const inner = isMap(part['message_content']) ? part['message_content'] : part;
      const type = textOf(inner['type']);
      return type === '' || type === 'text' || type === 'output_text'
        ? [textOf(inner['content'] ?? inner['text'])]
        : [];
    })
    .filter((text) => text !== '')
    .join('\n');
}

/** Attributes hold JSON as text. */
export function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

export const isMap = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
function listIn(value: Readonly<Record<string, Json>>, name: string): readonly Json[] {
  const list = parsed(value[name]);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
