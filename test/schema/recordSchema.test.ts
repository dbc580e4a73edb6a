import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flattenRecord, type DecisionRecord } from '@tenet-ledger/record';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { decisionRecordSchema, recordReference } from '../../src/schema/index.js';

type Schema = z.infer<typeof decisionRecordSchema>;

const record: DecisionRecord = {
  intent: { goal: 'decide', origin: 'agent', session: 's' },
  context: { inputs: { amount: 3 } },
  reasoning: ['because'],
  alternatives: [{ action: 'REJECT', score: 0.2 }],
  decision: { outcome: 'APPROVE', confidence: 0.9, rules: [{ id: 'r1', fired: true }] },
  provenance: { agent: 'a', version: '1', sdk: 'test' },
  tape: [
    { v: 1, n: 1, kind: 'tool', name: 't', effect: 'read', key: 'k', args: [], result: 1, startedMs: 0, durMs: 1 },
  ],
  grade: { grade: 'A', reasons: [] },
};

describe('the schema of a decision record', () => {
  test('names the members that the format has, and no other', () => {
    expectTypeOf<keyof Schema>().toEqualTypeOf<keyof DecisionRecord>();
    expectTypeOf<keyof Schema['intent']>().toEqualTypeOf<keyof DecisionRecord['intent']>();
    expectTypeOf<keyof Schema['context']>().toEqualTypeOf<keyof DecisionRecord['context']>();
    expectTypeOf<keyof Schema['decision']>().toEqualTypeOf<keyof DecisionRecord['decision']>();
    expectTypeOf<keyof Schema['provenance']>().toEqualTypeOf<keyof DecisionRecord['provenance']>();
    expectTypeOf<keyof Schema['grade']>().toEqualTypeOf<keyof DecisionRecord['grade']>();
    expectTypeOf<keyof Schema['tape'][number]>().toEqualTypeOf<keyof DecisionRecord['tape'][number]>();
  });

  test('takes what the format takes', () => {
    expect(decisionRecordSchema.parse(record)).toEqual(record);
    expect(flattenRecord(record).length).toBeGreaterThan(10);
  });

  test.each([
    ['an unknown layer', { ...record, mood: 'good' }],
    ['an outcome that is no text', { ...record, decision: { outcome: 1 } }],
    ['an origin that is none', { ...record, intent: { ...record.intent, origin: 'cron' } }],
    ['a tape entry of another version', { ...record, tape: [{ ...record.tape[0], v: 2 }] }],
  ])('refuses %s', (_, value) => {
    expect(decisionRecordSchema.safeParse(value).success).toBe(false);
  });

  test('its reference page is current', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/record-schema.md'), 'utf8');
    expect(page, 'run npm run docs').toBe(recordReference());
  });
});
