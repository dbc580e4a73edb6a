import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '@tenet-ledger/record';
import { decodeProtobuf, readSpans } from '../../src/otel/index.js';
import { agentTrace, attributes, request, span, testReceiver } from './support.js';

const NAMES = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.agent.name',
  'gen_ai.agent.version',
  'gen_ai.conversation.id',
  'gen_ai.tool.name',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.prompt.0.content',
  'gen_ai.completion.0',
  'llm.input_messages.0.message',
  'llm.input_messages.0.message.role',
  'openinference.span.kind',
  'input.value',
  'output.value',
  'tenet.effect',
  'tenet.decision.type',
  'tenet.decision.outcome',
  'enduser.id',
  '__proto__',
];
const OPERATIONS = ['invoke_agent', 'chat', 'execute_tool', 'embeddings', 'retrieval'];
const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  json.map((value) => JSON.stringify(value)),
);
const attribute = fc.tuple(
  fc.constantFrom(...NAMES),
  fc.oneof(
    text,
    json.filter((value) => value !== null),
  ),
);

const anySpan = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  parent: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  operation: fc.constantFrom(...OPERATIONS),
  list: fc.array(attribute, { maxLength: 5 }),
});

describe('whatever a sender writes', () => {
  test('into attributes, it becomes a record or a rejected span, never a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySpan, { minLength: 1, maxLength: 5 }), async (parts) => {
        const spans = parts.map(({ id, parent, operation, list }) => {
          const made = span({ id, ...(parent !== undefined && { parent }) }) as { attributes: Json[] };
          const own = list.map(([key, value]) => attributes({ [key]: value })[0] ?? null).filter((one) => one !== null);
          return {
            ...made,
            attributes: [...attributes({ 'gen_ai.operation.name': operation }), ...own],
          };
        });
        const { receiver, taken } = testReceiver();
        const { rejected } = await receiver.take(request(spans));
        await receiver.close();
        expect(receiver.held.spans).toBe(0);
        expect(rejected + taken.length).toBeGreaterThan(0);
        for (const { entry } of taken) expect(`${entry.type} ${entry.agent ?? ''}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 150 },
    );
  });

  test('in place of a request, it is read as far as it is one', () => {
    fc.assert(
      fc.property(json, fc.array(json, { maxLength: 3 }), (value, list) => {
        for (const body of [
          value,
          { resourceSpans: value },
          { resourceSpans: [{ resource: value, scopeSpans: [{ scope: value, spans: list }] }] },
        ])
          expect(readSpans(body).spans).toEqual([]);
      }),
    );
  });

  test('as bytes of protobuf, they are a request or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readSpans(decodeProtobuf(bytes));
        } catch (error) {
          expect(error).toMatchObject({ code: 'input.invalid' });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a secret in a span stays out of the record', async () => {
    const { receiver, taken } = testReceiver();
    const secret = 'sk-canary0123456789abcdefCANARY';
    const [agent, ...rest] = agentTrace();
    const tool = span({
      id: 7,
      parent: 1,
      start: 40,
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'http',
        'gen_ai.tool.call.arguments': JSON.stringify({ authorization: `Bearer ${secret}` }),
        'gen_ai.tool.call.result': secret,
      },
    });
    await receiver.take(request([...rest, tool, agent!]));
    await receiver.take(request([{ ...(tool as object), spanId: '00000000000000ff' }]));
    expect(taken).toHaveLength(2);
    expect(JSON.stringify(taken.map(({ entry }) => entry))).not.toContain('canary');
  });
});
