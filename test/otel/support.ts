import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { readDisclosure, type Json } from '@tenet-ledger/record';
import type { NewEntry } from '../../src/ledger/index.js';
import { TraceReceiver, type BufferLimits, type HeldSpanStore } from '../../src/otel/index.js';
import type { FastifyInstance } from 'fastify';

export function value(json: Json): Json {
  if (json === null) return {};
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (typeof json === 'number') return Number.isInteger(json) ? { intValue: String(json) } : { doubleValue: json };
  if (Array.isArray(json)) return { arrayValue: { values: (json as readonly Json[]).map(value) } };
  return { kvlistValue: { values: attributes(json as Readonly<Record<string, Json>>) } };
}

export const attributes = (map: Readonly<Record<string, Json>>): Json[] =>
  Object.entries(map).map(([key, json]) => ({ key, value: value(json) }));

export interface SpanParts {
  readonly trace?: string;
  readonly id: number;
  readonly parent?: number;
  readonly name?: string;
  readonly start?: number;
  readonly ms?: number;
  readonly attributes?: Readonly<Record<string, Json>>;
  readonly events?: readonly { readonly name: string; readonly attributes: Readonly<Record<string, Json>> }[];
  readonly failed?: string;
}

export const TRACE = 'a'.repeat(32);
const T0 = 1_760_000_000_000;
const hex = (id: number): string => id.toString(16).padStart(16, '0');
export const spanId = hex;

/** A span in OTLP's JSON. */
export function span(parts: SpanParts): Json {
  const start = T0 + (parts.start ?? parts.id);
  return {
    traceId: parts.trace ?? TRACE,
    spanId: hex(parts.id),
    ...(parts.parent !== undefined && { parentSpanId: hex(parts.parent) }),
    name: parts.name ?? `span ${parts.id}`,
    kind: 1,
    startTimeUnixNano: `${start}000000`,
    endTimeUnixNano: `${start + (parts.ms ?? 1)}000000`,
    attributes: attributes(parts.attributes ?? {}),
    events: (parts.events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: `${start}000000`,
      attributes: attributes(event.attributes),
    })),
    ...(parts.failed !== undefined && { status: { code: 2, message: parts.failed } }),
  };
}

export const RESOURCE = { 'service.name': 'desk', 'service.version': '2.1.0' };

export function request(spans: readonly Json[], resource: Readonly<Record<string, Json>> = RESOURCE): Json {
  return {
    resourceSpans: [
      { resource: { attributes: attributes(resource) }, scopeSpans: [{ scope: { name: 'test' }, spans: [...spans] }] },
    ],
  };
}

export const text = (role: string, content: string): Json => ({ role, parts: [{ type: 'text', content }] });

/** An agent that asks a model, runs a tool and asks again: ids 1 to 4, the agent's is 1. */
export function agentTrace(trace = TRACE): Json[] {
  const asked = [text('system', 'Be brief.'), text('user', 'Is the loan due?')];
  const calls = {
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 'c1', name: 'loan.lookup', arguments: { id: 7 } }],
  };
  const told = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { due: true } }] };
  const said = { ...(text('assistant', 'Yes, it is due.') as object), finish_reason: 'stop' };
  const model = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'm-2026-01',
    'gen_ai.response.model': 'm-2026-01',
    'gen_ai.request.temperature': 0.5,
  };
  return [
    span({
      trace,
      id: 1,
      start: 0,
      ms: 90,
      name: 'invoke_agent clerk',
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': 'clerk',
        'gen_ai.conversation.id': 'conv-9',
      },
    }),
    span({
      trace,
      id: 2,
      parent: 1,
      start: 5,
      ms: 20,
      attributes: {
        ...model,
        'gen_ai.input.messages': JSON.stringify(asked),
        'gen_ai.output.messages': JSON.stringify([calls]),
      },
    }),
    span({
      trace,
      id: 3,
      parent: 1,
      start: 30,
      ms: 10,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'loan.lookup',
        'gen_ai.tool.call.id': 'c1',
        'gen_ai.tool.call.arguments': '{"id":7}',
        'gen_ai.tool.call.result': '{"due":true}',
        'tenet.effect': 'read',
      },
    }),
    span({
      trace,
      id: 4,
      parent: 1,
      start: 50,
      ms: 30,
      attributes: {
        ...model,
        'gen_ai.input.messages': JSON.stringify([...asked, calls, told]),
        'gen_ai.output.messages': JSON.stringify([said]),
      },
    }),
  ];
}

export interface Taken {
  readonly entry: NewEntry;
  readonly fields: ReadonlyMap<string, Json>;
}

/** A receiver whose ledger keeps what it is given, by id. */
export function testReceiver(limits: Partial<BufferLimits> = {}, store?: HeldSpanStore) {
  const taken: Taken[] = [];
  const clock = { ms: 0, down: false };
  const receiver = new TraceReceiver({
    tenant: 'acme',
    tagKey: randomBytes(32),
    now: () => clock.ms,
    limits,
    ...(store !== undefined && { store }),
    ledger: {
      append: async (entries) => {
        if (clock.down) throw new Error('the database is down');
        for (const entry of entries)
          taken.push({ entry, fields: new Map(entry.fields.map(({ path, value: one }) => [path, one])) });
        return entries.map(({ id }) => ({ id: id ?? '', submission: { leaf: '', disclosures: [] } }));
      },
    },
  });
  return { receiver, taken, clock };
}

export async function listening(app: FastifyInstance): Promise<string> {
  await app.listen({ port: 0, host: '127.0.0.1' });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

export const disclosed = (disclosures: readonly string[]): Map<string, Json> =>
  new Map(disclosures.map((one) => readDisclosure(one)).map(({ path, value: json }) => [path, json]));
