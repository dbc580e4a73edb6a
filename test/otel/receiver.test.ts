import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Span } from '../../src/otel/index.js';
import { openApi, type ApiFixture } from '../api/support.js';
import { testDatabase, type TestDatabase } from '../support/postgres.js';
import { agentTrace, request, span, spanId, testReceiver, TRACE } from './support.js';

const grades = (taken: ReturnType<typeof testReceiver>['taken']) =>
  taken.map(({ fields }) => fields.get('/grade') as { grade: string; reasons: string[] });

describe('when a trace is recorded', () => {
  test('whole in one request: before the answer', async () => {
    const { receiver, taken } = testReceiver();
    expect(await receiver.take(request(agentTrace()))).toEqual({ rejected: 0, message: '' });
    expect(taken).toHaveLength(1);
    expect(taken[0]?.entry).toMatchObject({ kind: 'decision', type: 'clerk', agent: 'clerk@2.1.0' });
    expect(taken[0]?.fields.get('/provenance/sdk')).toBe('otlp');
    expect(receiver.held).toMatchObject({ traces: 0, spans: 0, bytes: 0 });
  });

  test('in four requests, children first: when its root comes', async () => {
    const { receiver, taken } = testReceiver();
    for (const each of [...agentTrace()].reverse()) {
      expect(taken).toEqual([]);
      await receiver.take(request([each]));
    }
    expect(taken).toHaveLength(1);
    expect(taken[0]?.fields.get('/tape/0003')).toMatchObject({ kind: 'model' });
  });

  test('the same spans again are the same record', async () => {
    const { receiver, taken } = testReceiver();
    await receiver.take(request(agentTrace()));
    expect(await receiver.take(request(agentTrace()))).toEqual({ rejected: 0, message: '' });
    expect(taken).toHaveLength(1);
    expect(receiver.held.spans).toBe(0);
  });

  test('without its root: when it has waited long enough, and says what is missing', async () => {
    const { receiver, taken, clock } = testReceiver({ holdMs: 1_000 });
    await receiver.take(request(agentTrace().slice(1)));
    clock.ms = 900;
    await receiver.sweep();
    expect(taken).toEqual([]);
    clock.ms = 1_000;
    await receiver.sweep();
    // Three calls without the agent above them: each is all that is known.
    expect(taken).toHaveLength(3);
    for (const { grade, reasons } of grades(taken)) {
      expect(grade).toMatch(/[CD]/);
      expect(reasons.join('\n')).toContain('1 spans above what came did not arrive in time');
    }
  });

  test('when the server stops: as it is', async () => {
    const { receiver, taken } = testReceiver();
    await receiver.take(request(agentTrace().slice(1)));
    await receiver.close();
    expect(grades(taken)[0]?.reasons.join()).toContain('before the server stopped');
  });
});

describe('what is held is bounded', () => {
  test('by the number of spans: the trace that waited longest goes first', async () => {
    const { receiver, taken, clock } = testReceiver({ maxSpans: 6 });
    for (const [at, trace] of ['1', '2', '3'].entries()) {
      clock.ms = at;
      await receiver.take(request(agentTrace(trace.repeat(32)).slice(1)));
    }
    expect(receiver.held).toMatchObject({ traces: 2, spans: 6 });
    expect(new Set(taken.map(({ fields }) => (fields.get('/provenance/lineage') as { trace: string }).trace))).toEqual(
      new Set(['1'.repeat(32)]),
    );
    expect(grades(taken)[0]?.reasons.join()).toContain('before there was no more room for it');
  });

  test('by their size', async () => {
    const { receiver } = testReceiver({ maxBytes: 10_000 });
    const large = span({
      id: 2,
      parent: 9,
      attributes: { 'gen_ai.operation.name': 'execute_tool', 'input.value': 'x'.repeat(20_000) },
    });
    await receiver.take(request([large]));
    expect(receiver.held).toMatchObject({ spans: 0, bytes: 0 });
  });
});

describe('spans that come late', () => {
  const late = span({
    id: 9,
    parent: 1,
    start: 60,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'letter.send',
      'gen_ai.tool.call.arguments': '{"to":7}',
    },
  });

  test('become a correction of the record', async () => {
    const { receiver, taken } = testReceiver();
    await receiver.take(request(agentTrace()));
    await receiver.take(request([late]));
    const [decision, correction] = taken;
    expect(correction?.entry).toMatchObject({
      kind: 'correction',
      type: 'correction',
      links: [{ rel: 'decision', id: decision?.entry.id }],
    });
    expect(correction?.entry.id).toMatch(/^cor_[0-9A-Z]{26}$/);
    expect(correction?.fields.get('/correction/reason')).toBe('1 spans of the trace came after its record was made');
    expect(correction?.fields.get('/correction/fields')).toMatchObject({
      '/tape/late': [{ name: 'letter.send', args: [{ to: 7 }] }],
    });
  });

  test('sent twice they are one correction', async () => {
    const { receiver, taken } = testReceiver();
    await receiver.take(request(agentTrace()));
    await receiver.take(request([late]));
    await receiver.take(request([late]));
    expect(taken).toHaveLength(2);
  });

  test('of an agent are a decision of their own', async () => {
    const { receiver, taken } = testReceiver();
    await receiver.take(request(agentTrace()));
    const agent = span({
      id: 20,
      parent: 1,
      start: 70,
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'late' },
    });
    await receiver.take(
      request([
        agent,
        span({
          id: 21,
          parent: 20,
          start: 71,
          attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' },
        }),
      ]),
    );
    expect(taken.map(({ entry }) => [entry.kind, entry.agent])).toEqual([
      ['decision', 'clerk@2.1.0'],
      ['decision', 'late@2.1.0'],
    ]);
    expect(grades(taken)[1]?.reasons.join()).toContain('after the rest of its trace was recorded');
  });
});

describe('what is refused, and what is not', () => {
  test('a span without ids is rejected and counted, the rest is taken', async () => {
    const { receiver, taken } = testReceiver();
    const answer = await receiver.take(request([...agentTrace(), { ...(agentTrace()[0] as object), spanId: '' }]));
    expect(answer.rejected).toBe(1);
    expect(answer.message).toContain('span id');
    expect(taken).toHaveLength(1);
  });

  test('a decision that is too large for a record is rejected with its spans, and does not come back', async () => {
    const { receiver, taken } = testReceiver();
    const inputs = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'a',
      'input.value': 'x'.repeat(1_000_000),
    };
    const spans = [span({ id: 1, attributes: inputs })];
    expect(await receiver.take(request(spans))).toMatchObject({ rejected: 1 });
    expect(taken).toEqual([]);
    expect(receiver.held.spans).toBe(0);
  });

  test('spans of no GenAI convention are taken with a word', async () => {
    const { receiver, taken } = testReceiver();
    const answer = await receiver.take(request([span({ id: 1, name: 'GET /' })]));
    expect(answer).toMatchObject({ rejected: 0 });
    expect(answer.message).toContain('nothing is recorded');
    expect(taken).toEqual([]);
  });

  test('a ledger that is down costs nothing: the request is answered by an error and the spans are still there', async () => {
    const { receiver, taken, clock } = testReceiver();
    await receiver.take(request(agentTrace().slice(1)));
    clock.down = true;
    await expect(receiver.take(request(agentTrace().slice(0, 1)))).rejects.toThrow('down');
    clock.down = false;
    await receiver.take(request(agentTrace().slice(0, 1)));
    expect(taken).toHaveLength(1);
    expect(taken[0]?.fields.get('/provenance/lineage')).toMatchObject({ trace: TRACE, span: spanId(1) });
  });
});

describe('spans that were answered for survive the process', () => {
  let database: TestDatabase;
  let acme: ApiFixture;
  beforeAll(async () => {
    database = await testDatabase();
    acme = await openApi(database.db, 'acme');
  });
  afterAll(async () => {
    await acme.app.close();
    await database.drop();
  });
  const rows = async (): Promise<number> =>
    Number((await database.db.sql('select count(*) as n from otlp_held'))[0]?.['n']);
  const receiverOf = () => testReceiver({}, acme.stores.heldSpans({ aliveMs: 400 }));

  test('killed before its root came: the next one records it whole, once', async () => {
    const killed = receiverOf();
    await killed.receiver.sweep();
    await killed.receiver.take(request(agentTrace().slice(1)));
    expect(await rows()).toBe(3);
    const sealed = await database.db.sql(`select encode(sealed, 'escape') as text from otlp_held`);
    expect(JSON.stringify(sealed)).not.toContain('loan');

    // Of `killed` nothing is heard any more. The root comes to another before that one knows of the rest.
    const next = receiverOf();
    await next.receiver.sweep();
    await next.receiver.take(request(agentTrace().slice(0, 1)));
    expect(next.taken).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 450));
    next.clock.ms = 450;
    await next.receiver.sweep();
    expect(next.taken).toHaveLength(1);
    expect(next.taken[0]?.fields.get('/tape/0003')).toMatchObject({ kind: 'model' });
    expect(await rows()).toBe(0);
  });

  test('stopped: it leaves them to the next at once, and nothing of them is recorded in pieces', async () => {
    const stopped = receiverOf();
    await stopped.receiver.sweep();
    await stopped.receiver.take(request(agentTrace('b'.repeat(32)).slice(1)));
    await stopped.receiver.close();
    const next = receiverOf();
    await next.receiver.sweep();
    await next.receiver.take(request(agentTrace('b'.repeat(32)).slice(0, 1)));
    expect([stopped.taken.length, next.taken.length]).toEqual([0, 1]);
    expect(await rows()).toBe(0);
  });

  test('what is whole in one request never goes there; what a live receiver holds is not adopted', async () => {
    const [one, two] = [receiverOf(), receiverOf()];
    await one.receiver.sweep();
    await one.receiver.take(request(agentTrace('c'.repeat(32))));
    expect(await rows()).toBe(0);
    await one.receiver.take(request(agentTrace('d'.repeat(32)).slice(1)));
    await two.receiver.sweep();
    expect(two.receiver.held.spans).toBe(0);
    one.clock.ms = 30_000;
    await one.receiver.sweep();
    expect(await rows()).toBe(0);
  });

  test('a database that is down: the request fails, and the spans are taken when it is repeated', async () => {
    const store = acme.stores.heldSpans();
    let down = false;
    const failing = {
      ...store,
      hold: (spans: readonly Span[]) => (down ? Promise.reject(new Error('down')) : store.hold(spans)),
    };
    const { receiver, taken } = testReceiver({}, failing);
    await receiver.sweep();
    down = true;
    await expect(receiver.take(request(agentTrace().slice(1)))).rejects.toThrow('down');
    down = false;
    await receiver.take(request(agentTrace().slice(1)));
    expect(await rows()).toBe(3);
    await receiver.take(request(agentTrace().slice(0, 1)));
    expect([taken.length, await rows()]).toEqual([1, 0]);
  });
});
