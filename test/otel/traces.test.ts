import { describe, expect, test } from 'vitest';
import type { Json, TapeEntry } from '@tenet-ledger/record';
import { convertTrace, decisionsOf, readSpans } from '../../src/otel/index.js';
import { agentTrace, request, span } from './support.js';

const traced = (spans: readonly Json[]) => convertTrace(readSpans(request(spans)).spans, 'acme').decisions;
const convert = (spans: readonly Json[]) => traced(spans).map(({ decision }) => decision);
const one = (spans: readonly Json[]) => {
  const decisions = convert(spans);
  expect(decisions).toHaveLength(1);
  return decisions[0]!;
};
const shape = (tape: readonly TapeEntry[]) => tape.map(({ kind, name, effect }) => `${kind} ${name} ${effect}`);

describe('the shape of a trace', () => {
  const agent = (name: string) => ({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name });
  const bare = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };

  test('an agent inside an agent decides for itself, and is a call of the outer one', () => {
    const found = convertTrace(
      readSpans(
        request([
          span({ id: 1, attributes: agent('chief') }),
          span({ id: 2, parent: 1, name: 'step' }),
          span({ id: 3, parent: 2, attributes: agent('clerk') }),
          span({ id: 4, parent: 3, attributes: bare }),
        ]),
      ).spans,
      'acme',
    ).decisions;
    expect(found.map(({ decision }) => [decision.agent, shape(decision.tape)])).toEqual([
      ['chief', ['tool agent clerk unknown']],
      ['clerk', ['model chat.completions read']],
    ]);
    expect(found[1]?.decision.parent).toBe(found[0]?.id);
  });

  test('a call that two instrumentations trace, one inside the other, is one call', () => {
    const decision = one([
      span({ id: 1, attributes: agent('a') }),
      span({ id: 2, parent: 1, attributes: bare }),
      span({ id: 3, parent: 2, attributes: bare }),
    ]);
    expect(decision.tape).toHaveLength(1);
  });

  test('a trace of 20,000 spans, as deep or as wide as can be, takes no long time', () => {
    const tool = { 'gen_ai.operation.name': 'execute_tool' };
    const many = (shape: (id: number) => number | undefined, attributes: Readonly<Record<string, Json>>) =>
      Array.from({ length: 20_000 }, (_, at) => {
        const parent = shape(at + 1);
        return span({ id: at + 1, ...(parent !== undefined && { parent }), attributes });
      });
    const started = performance.now();
    for (const attributes of [tool, bare, agent('a')])
      for (const shape of [(id: number) => (id === 1 ? undefined : id - 1), (id: number) => (id === 1 ? undefined : 1)])
        decisionsOf(readSpans(request(many(shape, attributes))).spans);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('spans that are each other’s parents end nothing', () => {
    expect(
      convert([span({ id: 1, parent: 2, attributes: bare }), span({ id: 2, parent: 1, attributes: bare })]),
    ).not.toEqual([]);
  });

  test('spans of no convention make no decision', () => {
    expect(convert([span({ id: 1, name: 'GET /' }), span({ id: 2, parent: 1, name: 'select' })])).toEqual([]);
  });
});

describe('a span that cannot be taken', () => {
  test.each([
    ['no trace id', { traceId: '' }, 'trace id'],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }, 'trace id'],
    ['a short span id', { spanId: 'abcd' }, 'span id'],
    ['no time', { startTimeUnixNano: undefined }, 'start time'],
  ])('%s', (_, change, why) => {
    const [good] = agentTrace();
    const found = readSpans(request([{ ...(good as object), ...change } as Json, good!]));
    expect(found).toMatchObject({ rejected: 1, spans: [{ name: 'invoke_agent clerk' }] });
    expect(found.reasons.join()).toContain(why);
  });

  test('what is no request at all holds no spans', () => {
    for (const value of [
      null,
      7,
      'x',
      [],
      {},
      { resourceSpans: 7 },
      { resourceSpans: [null, { scopeSpans: [{ spans: {} }] }] },
    ])
      expect(readSpans(value)).toMatchObject({ spans: [], rejected: 0 });
  });
});
