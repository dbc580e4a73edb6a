import { describe, expect, test } from 'vitest';
import type { DecisionRecord, Json, TapeEntry } from '@tenet-ledger/record';
import { convertTrace, readSpans } from '../../src/otel/index.js';
import { agentTrace, request, span, spanId, text, TRACE } from './support.js';

const convert = (spans: readonly Json[], resource?: Readonly<Record<string, Json>>) =>
  convertTrace(readSpans(request(spans, resource)).spans, 'acme').decisions.map(({ decision }) => decision);
const one = (spans: readonly Json[], resource?: Readonly<Record<string, Json>>) => {
  const decisions = convert(spans, resource);
  expect(decisions).toHaveLength(1);
  return decisions[0]!;
};
const shape = (tape: readonly TapeEntry[]) => tape.map(({ kind, name, effect }) => `${kind} ${name} ${effect}`);

describe('the current convention', () => {
  const decision = one(agentTrace());

  test('an agent span is a decision with its calls as tape, in the order of their starts', () => {
    expect(decision).toMatchObject({
      agent: 'clerk',
      version: '2.1.0',
      session: 'conv-9',
      key: `${TRACE}/${spanId(1)}`,
      inputs: { request: 'Is the loan due?' },
      outcome: 'Yes, it is due.',
      reasoning: ['Yes, it is due.'],
      model: 'm-2026-01',
      occurredAt: '2025-10-09T08:53:20.000Z',
      lineage: { trace: TRACE, span: spanId(1), service: 'desk', instrumentation: 'test' },
    });
    expect(shape(decision.tape)).toEqual([
      'model chat.completions read',
      'tool loan.lookup read',
      'model chat.completions read',
    ]);
    expect(decision.tape[1]).toMatchObject({
      args: [{ id: 7 }],
      key: '[{"id":7}]',
      result: { due: true },
      startedMs: 30,
      durMs: 10,
    });
    expect(decision.tape[0]).toMatchObject({ args: { model: 'm-2026-01', parameters: { temperature: 0.5 } } });
  });

  test('with everything in its spans it is graded B, and says why not better', () => {
    expect(decision.grade).toEqual({
      grade: 'B',
      reasons: ['taken from OpenTelemetry spans, not captured by us', 'calls that are not traced cannot be told'],
    });
    expect(decision.promptVersion).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('messages may be structured attributes instead of JSON text', () => {
    const structured = one([
      span({
        id: 1,
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'm',
          'gen_ai.input.messages': [text('user', 'Hello')],
          'gen_ai.output.messages': [text('assistant', 'Hi')],
        },
      }),
    ]);
    expect(structured).toMatchObject({ inputs: { request: 'Hello' }, outcome: 'Hi' });
  });

  test('messages may be on the event of the inference', () => {
    const details = {
      'gen_ai.input.messages': JSON.stringify([text('user', 'Q')]),
      'gen_ai.output.messages': JSON.stringify([text('assistant', 'A')]),
    };
    const base = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };
    const spans = [
      span({
        id: 1,
        attributes: base,
        events: [{ name: 'gen_ai.client.inference.operation.details', attributes: details }],
      }),
    ];
    expect(one(spans)).toMatchObject({ inputs: { request: 'Q' }, outcome: 'A' });
  });

  test('the words of reasoning parts are kept as reasons', () => {
    const output = [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Due dates first.' },
          { type: 'text', content: 'Yes.' },
        ],
      },
    ];
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'gen_ai.output.messages': JSON.stringify(output),
    };
    expect(one([span({ id: 1, attributes })]).reasoning).toEqual(['Due dates first.', 'Yes.']);
  });

  test('a tool whose result is not in its span is answered by what the model was told of it', () => {
    const spans = agentTrace().map((raw) => {
      const each = raw as { spanId: string; attributes: { key: string }[] };
      return each.spanId === spanId(3)
        ? { ...each, attributes: each.attributes.filter(({ key }) => key !== 'gen_ai.tool.call.result') }
        : each;
    });
    expect(one(spans as Json[]).tape[1]).toMatchObject({ result: { due: true } });
  });
});

describe('what other instrumentations write', () => {
  test('one event a message (v1.36 and before)', () => {
    const events = [
      { name: 'gen_ai.system.message', attributes: { content: 'Be brief.' } },
      { name: 'gen_ai.user.message', attributes: { content: 'Is it due?' } },
      {
        name: 'gen_ai.choice',
        attributes: {
          index: 0,
          finish_reason: 'stop',
          message: JSON.stringify({ role: 'assistant', content: 'Yes.' }),
        },
      },
    ];
    const attributes = { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'm', 'gen_ai.response.model': 'm-1' };
    const decision = one([span({ id: 1, attributes, events })]);
    expect(decision).toMatchObject({ inputs: { request: 'Is it due?' }, outcome: 'Yes.', model: 'm-1' });
    expect(decision.grade.reasons).toContain('model not pinned: asked for m, answered by m-1');
  });

  test('numbered prompt and completion attributes', () => {
    const attributes = {
      'gen_ai.system': 'OpenAI',
      'gen_ai.request.model': 'm',
      'gen_ai.prompt.0.role': 'user',
      'gen_ai.prompt.0.content': 'Due?',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.tool_calls.0.name': 'loan.lookup',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"id":7}',
    };
    expect(one([span({ id: 1, attributes })])).toMatchObject({
      inputs: { request: 'Due?' },
      outcome: 'call loan.lookup',
    });
  });

  test('OpenInference', () => {
    const decision = one([
      span({
        id: 1,
        name: 'run',
        attributes: {
          'openinference.span.kind': 'AGENT',
          'agent.name': 'helper',
          'input.value': 'What is due?',
          'output.value': 'Loan 7',
          'session.id': 's1',
        },
      }),
      span({
        id: 2,
        parent: 1,
        attributes: {
          'openinference.span.kind': 'LLM',
          'llm.model_name': 'm',
          'llm.input_messages.0.message.role': 'user',
          'llm.input_messages.0.message.content': 'What is due?',
          'llm.output_messages.0.message.role': 'assistant',
          'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'search',
          'llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments': '{"q":"due"}',
        },
      }),
      span({
        id: 3,
        parent: 1,
        attributes: {
          'openinference.span.kind': 'TOOL',
          'tool.name': 'search',
          'input.value': '{"q":"due"}',
          'output.value': '["loan 7"]',
        },
      }),
      span({
        id: 4,
        parent: 1,
        attributes: { 'openinference.span.kind': 'RETRIEVER', 'input.value': 'due', 'output.value': '[]' },
      }),
    ]);
    expect(decision).toMatchObject({
      agent: 'helper',
      session: 's1',
      inputs: { request: 'What is due?' },
      outcome: 'Loan 7',
    });
    expect(shape(decision.tape)).toEqual(['model chat.completions read', 'tool search unknown', 'tool span 4 read']);
    expect(decision.grade.reasons).toContain('effect class of search unknown (attribute tenet.effect)');
  });
});

describe('what is missing is said', () => {
  const grade = (spans: readonly Json[], resource?: Readonly<Record<string, Json>>): DecisionRecord['grade'] =>
    one(spans, resource).grade;
  const bare = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'clerk' };

  test('without contents only the outcome is left: D, with how to turn them on', () => {
    const found = grade([span({ id: 1, attributes: agent }), span({ id: 2, parent: 1, attributes: bare })]);
    expect(found.grade).toBe('D');
    expect(found.reasons.join('\n')).toContain('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT');
  });

  test('no agent span: the uppermost span stands for the decision', () => {
    const decision = one([
      span({ id: 1, name: 'POST /ask' }),
      span({
        id: 2,
        parent: 1,
        attributes: {
          ...bare,
          'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Q"}]}]',
          'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"A"}]}]',
        },
      }),
    ]);
    expect(decision).toMatchObject({ agent: 'desk', outcome: 'A' });
    expect(decision.grade.grade).toBe('C');
    expect(decision.grade.reasons.join('\n')).toContain('no agent span');
  });

  test('a model call without its answer, a tool without its result, an agent without a version', () => {
    const asked = { 'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"text","content":"Q"}]}]' };
    const found = grade(
      [
        span({ id: 1, attributes: agent }),
        span({ id: 2, parent: 1, attributes: { ...bare, ...asked } }),
        span({ id: 3, parent: 1, attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'wire' } }),
      ],
      { 'service.name': 'desk' },
    );
    const all = found.reasons.join('\n');
    expect(found.grade).toBe('C');
    for (const part of [
      'what a model answered',
      'the arguments of wire',
      'the result of wire',
      'effect class of wire unknown',
      'agent version unknown',
    ])
      expect(all).toContain(part);
  });

  test('a failed span is an error on the tape, and of the decision', () => {
    const decision = one([
      span({ id: 1, attributes: agent, failed: 'gave up' }),
      span({ id: 2, parent: 1, attributes: { ...bare, 'error.type': 'timeout' }, failed: 'no answer in 30 s' }),
    ]);
    expect(decision.outcome).toBe('error: gave up');
    expect(decision.tape[0]).toMatchObject({ error: { code: 'timeout', message: 'no answer in 30 s' } });
  });
});
