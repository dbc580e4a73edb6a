import type { Json } from '@tenet-ledger/record';
import { describe, expect, it } from 'vitest';
import { valueAt } from '../../src/replay/index.js';

const fields = new Map<string, Json>([
  ['/context/inputs/amount', 2500],
  ['/context/inputs', { job: 'skilled', 'a/b': [10, { c: null }] }],
  ['/decision/outcome', 'approve'],
]);

describe('the value at a pointer into a record', () => {
  it.each<[string, Json | undefined]>([
    ['/decision/outcome', 'approve'],
    ['/context/inputs/amount', 2500],
    ['/context/inputs/job', 'skilled'],
    ['/context/inputs/a~1b/0', 10],
    ['/context/inputs/a~1b/1/c', null],
    ['/context/inputs/a~1b/2', undefined],
    ['/context/inputs/age', undefined],
    ['/context/inputs/constructor', undefined],
    ['/decision/outcome/0/x', undefined],
    ['/other', undefined],
  ])('%s', (pointer, value) => {
    expect(valueAt(fields, pointer)).toEqual(value);
  });
});
