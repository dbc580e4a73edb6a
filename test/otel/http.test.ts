import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { context, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import protobuf from 'protobufjs/light.js';
import type { Json } from '@tenet-ledger/record';
import { OTLP_DESCRIPTOR } from '../../src/otel/descriptor.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { openApi, type ApiFixture } from '../api/support.js';
import { agentTrace, listening, request, text } from './support.js';

let database: TestDatabase;
let acme: ApiFixture;
let url: string;
let apiKey: string;
beforeAll(async () => {
  database = await testDatabase();
  acme = await openApi(database.db, 'acme');
  url = await listening(acme.app);
  ({ apiKey } = await acme.stores.apiKeys.mint({ scopes: ['write'], label: 'otel' }));
});
afterAll(async () => {
  await acme.app.close();
  await database.drop();
});

const decisions = async (agent: string) => {
  const { ids } = await acme.platform.ledger.listDecisions({ agent });
  return acme.platform.ledger.readDecisions(ids);
};

/** An agent under a real tracing SDK: a model call, a tool, the answer. */
async function traceAgent(exporter: SpanExporter, name: string, simple: boolean): Promise<void> {
  const processor = simple ? new SimpleSpanProcessor(exporter) : new BatchSpanProcessor(exporter);
  const provider = new BasicTracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer('desk');
  const agent = tracer.startSpan(`invoke_agent ${name}`, {
    attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name, 'gen_ai.agent.version': '3.0.0' },
  });
  const inside: Context = trace.setSpan(context.active(), agent);
  const chat = tracer.startSpan(
    'chat m',
    {
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'm-1',
        'gen_ai.response.model': 'm-1',
        'gen_ai.system_instructions': JSON.stringify([{ type: 'text', content: 'Be brief.' }]),
        'gen_ai.input.messages': JSON.stringify([text('user', 'Is it due?')]),
        'gen_ai.output.messages': JSON.stringify([text('assistant', 'Yes.')]),
        'gen_ai.usage.input_tokens': 12,
      },
    },
    inside,
  );
  chat.end();
  const tool = tracer.startSpan(
    'execute_tool lookup',
    {
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'lookup',
        'gen_ai.tool.call.arguments': '{"id":7}',
      },
    },
    inside,
  );
  tool.setStatus({ code: SpanStatusCode.ERROR, message: 'no such loan' });
  tool.end();
  agent.end();
  await provider.forceFlush();
  await provider.shutdown();
}

describe('the OpenTelemetry SDK as client', () => {
  test.each([
    ['JSON, all spans in one export', 'json', false],
    ['JSON, every span alone', 'json', true],
    ['protobuf, all spans in one export', 'protobuf', false],
    ['protobuf, every span alone', 'protobuf', true],
  ] as const)('%s', async (_, encoding, simple) => {
    const Exporter = encoding === 'json' ? JsonExporter : ProtoExporter;
    const name = `${encoding}-${simple ? 'simple' : 'batch'}`;
    await traceAgent(new Exporter({ url: `${url}/v1/traces`, headers: { 'x-api-key': apiKey } }), name, simple);
    const [decision, ...more] = await decisions(`${name}@3.0.0`);
    expect(more).toEqual([]);
    expect(decision?.entry.producer.kid).toMatch(/^k_/);
    expect(Object.fromEntries(decision?.fields ?? [])).toMatchObject({
      '/context/inputs': { request: 'Is it due?' },
      '/decision/outcome': 'Yes.',
      '/provenance/sdk': 'otlp',
      '/provenance/model': 'm-1',
      '/tape/0001': { kind: 'model', result: { usage: { input: 12 } } },
      '/tape/0002': { kind: 'tool', name: 'lookup', args: [{ id: 7 }], error: { message: 'no such loan' } },
      '/grade': { grade: 'C' },
    });
  });
});

const root = protobuf.Root.fromJSON(OTLP_DESCRIPTOR);
const decode = (type: string, payload: Buffer): object =>
  root.lookupType(type).toObject(root.lookupType(type).decode(payload), { longs: Number });

function post(payload: Buffer | string, headers: Readonly<Record<string, string>> = {}) {
  return acme.app.inject({
    method: 'POST',
    url: '/v1/traces',
    payload,
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, ...headers },
  });
}

/** The request in protobuf: ids are bytes there. */
function inProtobuf(json: Json): Buffer {
  const type = root.lookupType('ExportRequest');
  const bytes = JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    /^(traceId|spanId|parentSpanId)$/.test(key) && typeof value === 'string'
      ? Buffer.from(value, 'hex').toString('base64')
      : value,
  ) as Record<string, unknown>;
  return Buffer.from(type.encode(type.fromObject(bytes)).finish());
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' };

describe('answers', () => {
  test('nothing to say is an empty object, and no byte in protobuf', async () => {
    const json = await post(JSON.stringify(request(agentTrace('b'.repeat(32)))));
    expect([json.statusCode, json.headers['content-type'], json.body]).toEqual([200, 'application/json', '{}']);
    const proto = await post(inProtobuf(request(agentTrace('c'.repeat(32)))), PROTOBUF);
    expect([proto.statusCode, proto.headers['content-type'], proto.rawPayload.length]).toEqual([
      200,
      'application/x-protobuf',
      0,
    ]);
  });

  test('a partial success counts rejected spans, in the encoding of the request', async () => {
    const bad = request([{ ...(agentTrace('d'.repeat(32))[0] as object), spanId: '00' }]);
    const json = await post(JSON.stringify(bad));
    expect(json.statusCode).toBe(200);
    expect(json.json()).toMatchObject({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('span id') as string },
    });
    const proto = await post(inProtobuf(bad), PROTOBUF);
    expect(decode('ExportResponse', proto.rawPayload)).toMatchObject({ partialSuccess: { rejectedSpans: 1 } });
  });

  test('gzip is taken in both encodings', async () => {
    const json = JSON.stringify(request(agentTrace('e'.repeat(32))));
    expect((await post(gzipSync(json), { 'content-encoding': 'gzip' })).statusCode).toBe(200);
    const proto = gzipSync(inProtobuf(request(agentTrace('f'.repeat(32)))));
    expect((await post(proto, { ...PROTOBUF, 'content-encoding': 'gzip' })).statusCode).toBe(200);
    expect((await decisions('clerk')).length).toBeGreaterThanOrEqual(4);
  });
});

describe('refusals are a Status in the encoding of the request', () => {
  const cases: [string, Buffer | string, Record<string, string>, number, number][] = [
    ['no key', '{}', { 'x-api-key': '' }, 401, 16],
    ['a key of nobody', '{}', { 'x-api-key': 'tnt_nobody' }, 401, 16],
    ['not JSON', '{"resourceSpans": [', {}, 400, 3],
    ['another media type', 'a=b', { 'content-type': 'text/plain' }, 415, 3],
    ['another encoding of the content', '{}', { 'content-encoding': 'br' }, 415, 3],
    ['too deep', '['.repeat(100), {}, 400, 3],
    ['gzip that is none', 'plain', { 'content-encoding': 'gzip' }, 400, 3],
  ];
  test.each(cases)('%s', async (_, body, headers, httpStatus, code) => {
    const response = await post(body, headers);
    expect(response.statusCode).toBe(httpStatus);
    expect(response.json()).toMatchObject({ code, message: expect.any(String) as string });
  });

  test('protobuf that is none', async () => {
    const response = await post(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x07, 0x01]), PROTOBUF);
    expect([response.statusCode, response.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(decode('RpcStatus', response.rawPayload)).toMatchObject({ code: 3 });
  });

  test('a body over the limit, also one that inflates to it', async () => {
    const large = Buffer.alloc(9 * 1024 * 1024, 0x20);
    for (const [payload, headers] of [
      [large, {}],
      [gzipSync(large), { 'content-encoding': 'gzip' }],
    ] as const) {
      const response = await post(payload, headers);
      expect(response.statusCode).toBe(413);
      expect(response.json()).toMatchObject({ code: 8 });
    }
  });

  test('a key without the scope', async () => {
    const reader = await acme.stores.apiKeys.mint({ scopes: ['read'], label: 'reader' });
    expect((await post('{}', { 'x-api-key': reader.apiKey })).json()).toMatchObject({ code: 7 });
  });
});
