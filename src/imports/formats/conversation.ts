import type { EffectClass, Json, TapeEntry } from '@tenet-ledger/record';
import { importedCall, keyOf } from '../importedCall.js';
import { cleanJson } from '../cleanJson.js';
import type { EffectOf } from '../types.js';

/** A chat in the form of OpenAI's API, read as what an agent saw, thought and did. */
export interface Conversation {
  readonly system: string | null;
  /** The user's words before the agent's first. */
  readonly request: string | null;
  readonly tape: readonly TapeEntry[];
  /** The agent's own words, in order. */
  readonly reasoning: readonly string[];
  /** The last thing the agent said. */
  readonly final: string | null;
  readonly calls: readonly ConversationCall[];
  readonly unanswered: number;
  /** Answers to calls that are not in the chat. */
  readonly orphans: number;
  readonly notes: readonly string[];
}

export interface ConversationCall {
  readonly name: string;
  readonly effect: EffectClass;
  readonly args: Json;
  /** Matching key of the arguments. */
  readonly key: string;
  readonly answered: boolean;
  readonly failed: boolean;
}

export interface ConversationOptions {
  readonly effectOf: EffectOf;
  /** A tool by which the agent only talks to itself: its text is reasoning. */
  readonly thoughtOf?: (name: string, args: Json) => string | null;
  readonly failed?: (result: Json) => boolean;
  /** What the user answers is taped as a call of this name: a re-run needs it. */
  readonly userTool?: string;
}

interface Message {
  readonly role: string;
  readonly text: string | null;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
  readonly callId: string | null;
  readonly name: string | null;
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
  result?: Json;
}

export function readConversation(messages: readonly unknown[], options: ConversationOptions): Conversation {
  const reader = new ChatReader(options);
  for (const message of messages) reader.take(readMessage(message));
  return reader.read();
}

class ChatReader {
  readonly #options: ConversationOptions;
  readonly #made: OpenCall[] = [];
  readonly #reasoning: string[] = [];
  readonly #notes = new Set<string>();
  #system: string | null = null;
  #request: string | null = null;
  #final: string | null = null;
  #orphans = 0;
  #said = 0;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  take(message: Message): void {
    const { role, text } = message;
    if (role === 'system' || role === 'developer') this.#system = joined(this.#system, text);
    else if (role === 'user') this.#user(text);
    else if (role === 'assistant') this.#assistant(message);
    else if (role === 'tool' || role === 'function') {
      const call = this.#made.find((one) => one.result === undefined && answers(message, one));
      if (call === undefined) this.#orphans += 1;
      else call.result = resultOf(text);
    } else this.#notes.add(`a message of the role ${JSON.stringify(role)} was left out`);
  }

  #user(text: string | null): void {
    const { userTool } = this.#options;
    if (this.#said === 0) this.#request = joined(this.#request, text);
    else if (userTool !== undefined)
      this.#made.push({ id: `user/${this.#said}`, name: userTool, args: [{ turn: this.#said }], result: text ?? '' });
  }

  #assistant({ text, calls }: Message): void {
    this.#said += 1;
    if (text !== null && text !== '') {
      this.#reasoning.push(text);
      this.#final = text;
    }
    for (const call of calls) {
      const args = argumentsOf(call.arguments, this.#notes);
      this.#made.push({ id: call.id, name: call.name, args: [args] });
      const thought = this.#options.thoughtOf?.(call.name, args) ?? null;
      if (thought !== null) this.#reasoning.push(thought);
    }
  }

  read(): Conversation {
    const { userTool, failed } = this.#options;
    const effectOf = (name: string): EffectClass => (name === userTool ? 'read' : this.#options.effectOf(name));
    return {
      system: this.#system,
      request: this.#request,
      reasoning: this.#reasoning,
      final: this.#final,
      orphans: this.#orphans,
      unanswered: this.#made.filter(({ result }) => result === undefined).length,
      notes: [...this.#notes],
      tape: this.#made.map((call, at) => taped(at + 1, call, effectOf(call.name))),
      calls: this.#made
        .filter(({ name }) => name !== userTool)
        .map(({ name, args, result }) => ({
          name,
          effect: effectOf(name),
          args,
          key: keyOf(args),
          answered: result !== undefined,
          failed: result !== undefined && failed?.(result) === true,
        })),
    };
  }
}

const joined = (before: string | null, text: string | null): string | null =>
  before === null ? text : text === null ? before : `${before}\n\n${text}`;

const answers = (message: Message, call: OpenCall): boolean =>
  message.callId === null ? message.name === call.name : message.callId === call.id;

function taped(n: number, { name, args, result }: OpenCall, effect: EffectClass): TapeEntry {
  const unfinished = { code: 'tape.unfinished', message: 'the log holds no answer to this call' };
  return importedCall(n, {
    kind: 'tool',
    name,
    effect,
    args,
    ...(result === undefined ? { error: unfinished } : { result }),
  });
}

function argumentsOf(raw: unknown, notes: Set<string>): Json {
  if (typeof raw !== 'string') return cleanJson(raw ?? {}).value;
  try {
    return cleanJson(JSON.parse(raw === '' ? '{}' : raw)).value;
  } catch {
    notes.add('the arguments of a call are not JSON and were kept as text');
    return raw;
  }
}

/** JSON where a tool answered with an object or a list; numbers and words stay the text they were. */
function resultOf(text: string | null): Json {
  if (text === null) return '';
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return cleanJson(JSON.parse(text)).value;
  } catch {
    return text;
  }
}

function readMessage(value: unknown): Message {
  const message = isMap(value) ? value : {};
  const { role, content, tool_call_id: callId, name, function_call: old } = message;
  const calls = [...listOf(message['tool_calls']), ...(isMap(old) ? [{ id: '', function: old }] : [])];
  return {
    role: typeof role === 'string' ? role : '',
    text: textOf(content),
    callId: typeof callId === 'string' ? callId : null,
    name: typeof name === 'string' ? name : null,
    calls: calls.flatMap((call) => {
      if (!isMap(call)) return [];
      const fn = isMap(call['function']) ? call['function'] : call;
      const called = fn['name'];
      if (typeof called !== 'string') return [];
      return [{ id: typeof call['id'] === 'string' ? call['id'] : '', name: called, arguments: fn['arguments'] }];
    }),
  };
}

/** Text, or the text parts of a message in parts. */
export function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const parts = content.flatMap((part) => {
    const text: unknown = isMap(part) ? (part['text'] ?? part['refusal']) : part;
    return typeof text === 'string' ? [text] : [];
  });
  return parts.length === 0 ? null : parts.join('\n');
}

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
