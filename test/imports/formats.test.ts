import { describe, expect, test } from 'vitest';
import type { Json } from '@tenet-ledger/record';
import { actionSet, convertOpenai, convertTauBench, effectsBy, tauEffect, USER_TOOL } from '../../src/imports/index.js';
import { AT, problemOf, theDecision } from './support.js';

describe('tau-bench', () => {
  const options = { agent: 'airline', version: '1', type: 'serve', session: 's', occurredAt: AT };
  const call = (id: string, name: string, args: object) => ({
    role: 'assistant',
    content: null,
    tool_calls: [{ id, type: 'function', function: { name, arguments: JSON.stringify(args) } }],
  });
  const told = (id: string, name: string, content: string) => ({ role: 'tool', tool_call_id: id, name, content });
  const traj = [
    { role: 'system', content: '# Policy' },
    { role: 'user', content: 'Cancel my flight.' },
    { role: 'assistant', content: 'Which one?' },
    { role: 'user', content: 'R7' },
    call('1', 'think', { thought: 'R7 is refundable.' }),
    told('1', 'think', ''),
    call('2', 'get_reservation_details', { id: 'R7' }),
    told('2', 'get_reservation_details', '{"id":"R7"}'),
    call('3', 'cancel_reservation', { id: 'R8' }),
    told('3', 'cancel_reservation', 'Error: not found'),
    call('4', 'cancel_reservation', { id: 'R7' }),
    told('4', 'cancel_reservation', '{"done":true}'),
    { role: 'assistant', content: 'Cancelled.' },
  ];
  const run = {
    task_id: 3,
    trial: 1,
    reward: 1,
    info: { task: { instruction: 'You want a refund.' } },
    traj,
  } as unknown as Json;
  const decision = theDecision(convertTauBench(run, options));

  test('what the agent saw, said and did', () => {
    expect(decision).toMatchObject({
      key: 'task 3 trial 1',
      inputs: { task: 3, request: 'Cancel my flight.' },
      reasoning: ['Which one?', 'R7 is refundable.', 'Cancelled.'],
      lineage: { task: 3, trial: 1, reward: 1 },
      promptVersion: expect.stringMatching(/^sha256:/) as string,
    });
    expect(JSON.stringify(decision)).not.toContain('refund.');
  });

  test('calls with their results, the user’s answers among them', () => {
    expect(decision.tape.map(({ name, effect }) => `${name} ${effect}`)).toEqual([
      `${USER_TOOL} read`,
      'think pure',
      'get_reservation_details read',
      'cancel_reservation write',
      'cancel_reservation write',
    ]);
    expect(decision.tape[0]).toMatchObject({ args: [{ turn: 1 }], result: 'R7' });
    expect(decision.tape[2]).toMatchObject({ args: [{ id: 'R7' }], key: '[{"id":"R7"}]', result: { id: 'R7' } });
  });

  test('the outcome is what took effect, whatever the order', () => {
    expect(decision.outcome).toMatch(/^cancel_reservation #[0-9a-f]{8}$/);
    const write = (name: string, args: Json) => ({
      name,
      args,
      key: '',
      effect: 'write' as const,
      answered: true,
      failed: false,
    });
    const [a, b] = [write('book', 1), write('cancel', 2)];
    expect(actionSet([a, b])).toBe(actionSet([b, a]));
    expect(actionSet([a, b])).not.toBe(actionSet([a, write('cancel', 3)]));
    expect(actionSet([write('book', 1), write('book', 2)])).toMatch(/^book×2 #/);
    expect(actionSet([{ ...a, failed: true }])).toBe('no_action');
    expect(actionSet([write('transfer_to_human_agents', { summary: 'x' })])).toBe('transfer_to_human_agents');
  });

  test('a whole trajectory is B; a call without its answer makes it C', () => {
    expect(decision.grade.grade).toBe('B');
    const cut = theDecision(convertTauBench({ ...(run as object), traj: traj.slice(0, 9) }, options));
    expect(cut.grade).toMatchObject({ grade: 'C' });
    expect(cut.grade.reasons).toContain('1 calls have no answer in the log');
    expect(cut.tape.at(-1)).toMatchObject({ error: { code: 'tape.unfinished' } });
  });

  test.each([
    ['book_reservation', 'write'],
    ['send_certificate', 'write'],
    ['transfer_to_human_agents', 'write'],
    ['list_all_airports', 'read'],
    ['search_direct_flight', 'read'],
    ['calculate', 'pure'],
    ['something_else', 'unknown'],
  ])('%s is %s', (name, effect) => {
    expect(tauEffect(name)).toBe(effect);
  });

  test.each([
    [{}, '/traj'],
    [{ traj: [] }, '/task_id'],
    [{ task_id: 1, traj: 'x' }, '/traj'],
    [null, '/traj'],
  ])('what is no trajectory is refused: %j', (value, field) => {
    expect(problemOf(() => convertTauBench(value as Json, options)).field).toBe(field);
  });
});

describe('OpenAI logs', () => {
  const options = {
    agent: 'triage',
    version: '2',
    type: 'ticket',
    session: 's',
    occurredAt: AT,
    effectOf: effectsBy({ 'get_*': 'read' }),
  };
  const messages = [
    { role: 'system', content: 'Sort.' },
    { role: 'user', content: [{ type: 'text', text: 'My card is lost' }] },
  ];
  const completion = (message: object, more: object = {}) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'm-2026',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
    ...more,
  });
  const request = { model: 'm-2026', messages, temperature: 0 };
  const convert = (line: object, more = {}) => convertOpenai(line as Json, { ...options, ...more });
  const decision = (line: object, more = {}) => theDecision(convert(line, more));

  test('a request with its response is a model call that a re-run can be served', () => {
    const found = decision({ id: 'r1', request, response: completion({ content: 'urgent' }), latency_ms: 812 });
    expect(found).toMatchObject({
      key: 'r1',
      outcome: 'urgent',
      inputs: { request: 'My card is lost' },
      occurredAt: '2025-10-09T08:53:20.000Z',
      model: 'm-2026',
    });
    expect(found.tape).toMatchObject([
      { kind: 'model', name: 'chat.completions', args: { temperature: 0 }, durMs: 812 },
    ]);
    expect(found.grade).toMatchObject({ grade: 'B' });
  });

  test('the outcome may stand inside the answer', () => {
    const answer = 'Here:\n```json\n{"decision": {"status": "refund"}}\n```';
    expect(
      decision({ request, response: completion({ content: answer.slice(6) }) }, { outcome: '/decision/status' })
        .outcome,
    ).toBe('refund');
    expect(
      problemOf(() => convert({ request, response: completion({ content: 'no JSON' }) }, { outcome: '/decision' })),
    ).toMatchObject({ field: 'outcome (/decision)' });
  });

  test('a call that is asked for is the decision, whatever is said beside it', () => {
    const tool_calls = [{ id: 'c', type: 'function', function: { name: 'block_card', arguments: '{}' } }];
    const found = decision({ request, response: completion({ content: 'One moment.', tool_calls }) });
    expect(found.outcome).toBe('call block_card');
    expect(found.grade.reasons.join()).not.toContain('no result');
  });

  test('tools that ran before are on the tape with their results', () => {
    const before = [
      ...messages,
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', function: { name: 'get_card', arguments: '{"n":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '{"lost":true}' },
    ];
    const found = decision({ request: { ...request, messages: before }, response: completion({ content: 'blocked' }) });
    expect(found.tape).toMatchObject([
      { kind: 'tool', name: 'get_card', effect: 'read', result: { lost: true } },
      { kind: 'model' },
    ]);
  });

  test('a line of batch output has no request: D, and says so', () => {
    const found = decision({
      id: 'batch_req_1',
      custom_id: 'case-9',
      response: { status_code: 200, body: completion({ content: 'low' }) },
      error: null,
    });
    expect(found).toMatchObject({ key: 'case-9', outcome: 'low', inputs: null });
    expect(found.grade).toMatchObject({ grade: 'D' });
    expect(found.grade.reasons).toContain('the log holds no request: what the model was asked is not known');
  });

  test('with its request beside it a line of batch output is a pair', () => {
    const response = { status_code: 200, body: completion({ content: 'low' }) };
    expect(decision({ custom_id: 'case-9', response, request })).toMatchObject({
      key: 'case-9',
      outcome: 'low',
      inputs: { request: 'My card is lost' },
      tape: [{ kind: 'model', result: { id: 'chatcmpl-1' } }],
    });
    expect(decision({ custom_id: 'case-9', response, request: null }).grade.reasons.join()).toContain('no single one');
  });

  test('a failed one is a decision with an error; a batch request alone is passed over', () => {
    expect(
      decision({ custom_id: 'c', response: { status_code: 429, body: { error: { message: 'slow down' } } } }).outcome,
    ).toBe('error: slow down');
    expect(convert({ custom_id: 'c', method: 'POST', url: '/v1/chat/completions', body: request })).toEqual([
      { skipped: 'a request of the batch API, without its answer' },
    ]);
  });

  test('a chat, and a stored completion', () => {
    expect(decision({ messages: [...messages, { role: 'assistant', content: 'urgent' }] })).toMatchObject({
      outcome: 'urgent',
      grade: { grade: 'C' },
    });
    expect(decision(completion({ content: 'low' }))).toMatchObject({
      key: 'chatcmpl-1',
      outcome: 'low',
      grade: { grade: 'D' },
    });
  });

  test('an alias that resolves to another model is said', () => {
    expect(
      decision({ request: { ...request, model: 'm' }, response: completion({ content: 'x' }) }).grade.reasons,
    ).toContain('model not pinned: asked for m, answered by m-2026');
  });

  test.each([[{ a: 1 }], [{ request, response: null }], [{ request, response: completion({ content: null }) }]])(
    'what is no such line is refused: %j',
    (line) => {
      expect(problemOf(() => convert(line)).message).toBeTruthy();
    },
  );
});
