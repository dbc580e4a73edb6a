import { describe, expect, test } from 'vitest';
import { convertLangfuse, effectsBy, entryOf } from '../../src/imports/index.js';
import { AT, problemOf, theDecision } from './support.js';

describe('Langfuse', () => {
  const options = { session: 'import/langfuse', occurredAt: AT, effectOf: effectsBy({ lookup: 'read' }) };
  const trace = {
    id: 't1',
    name: 'underwriter',
    version: '4.2.0',
    timestamp: '2026-11-20T09:14:02.000Z',
    sessionId: 'ses_7',
    userId: 'u-1',
    input: { amount: 4870 },
    output: '{"status":"deny"}',
    tags: ['prod'],
    scores: [{ name: 'ok', value: 1, source: 'ANNOTATION' }],
    observations: [
      { id: 'o0', type: 'AGENT', name: 'run', startTime: '2026-11-20T09:14:02.000Z' },
      {
        id: 'o2',
        type: 'GENERATION',
        name: 'think',
        parentObservationId: 'o0',
        startTime: '2026-11-20T09:14:02.500Z',
        endTime: '2026-11-20T09:14:03.000Z',
        model: 'm-2026',
        promptName: 'loan',
        promptVersion: 3,
        input: [{ role: 'user', content: 'Decide.' }],
        output: { role: 'assistant', content: 'Income is low.' },
      },
      {
        id: 'o1',
        type: 'SPAN',
        name: 'lookup',
        parentObservationId: 'o0',
        startTime: '2026-11-20T09:14:02.100Z',
        endTime: '2026-11-20T09:14:02.200Z',
        input: '{"id":7}',
        output: '{"score":3}',
      },
    ],
  };
  const decision = (more: object = {}, extra = {}) =>
    theDecision(convertLangfuse({ ...trace, ...more }, { ...options, ...extra }));

  test('a trace with its observations', () => {
    const found = decision({}, { outcome: '/status' });
    expect(found).toMatchObject({
      key: 't1',
      agent: 'underwriter',
      version: '4.2.0',
      session: 'ses_7',
      outcome: 'deny',
      inputs: { amount: 4870 },
      subject: 'u-1',
      model: 'm-2026',
      promptVersion: 'loan@3',
      reasoning: ['Income is low.'],
      lineage: { trace: 't1', tags: ['prod'], scores: [{ name: 'ok' }] },
    });
    expect(found.tape).toMatchObject([
      {
        kind: 'tool',
        name: 'lookup',
        effect: 'read',
        args: [{ id: 7 }],
        result: { score: 3 },
        startedMs: 100,
        durMs: 100,
      },
      { kind: 'model', args: { model: 'm-2026' }, startedMs: 500 },
    ]);
    expect(found.grade.grade).toBe('B');
  });

  test('the subject leaves only as a tag', () => {
    const entry = entryOf(decision(), { tenant: 'acme', sdk: 'import/langfuse', tagKey: new Uint8Array(32) });
    expect(JSON.stringify(entry)).not.toContain('u-1');
  });

  test('observations that are ids only make it C', () => {
    const { grade } = decision({ observations: ['o1', 'o2'] });
    expect(grade.grade).toBe('C');
    expect(grade.reasons.join()).toContain('2 observations are ids only');
  });

  test('a failed root is an error', () => {
    expect(
      decision({ observations: [{ id: 'o', type: 'SPAN', level: 'ERROR', statusMessage: 'time-out' }] }).outcome,
    ).toBe('error: time-out');
  });

  test('an observation alone, a trace without output, one without a name', () => {
    expect(problemOf(() => convertLangfuse({ id: 'o', traceId: 't' }, options)).fix).toContain('export traces');
    expect(problemOf(() => decision({ output: null, observations: [] })).field).toBe('/output');
    expect(problemOf(() => decision({ name: null })).fix).toContain('--agent');
    expect(problemOf(() => convertLangfuse({ a: 1 }, options)).field).toBe('/id');
  });
});
