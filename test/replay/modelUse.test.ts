import type { Json } from '@tenet-ledger/record';
import { describe, expect, it } from 'vitest';
import { modelUse } from '../../src/replay/index.js';

const call = (kind: string, usage: Json): Json => ({ kind, result: { usage } });
const CALLS = [
  call('model', { prompt_tokens: 10, completion_tokens: 2 }),
  call('model', { input_tokens: 5, output_tokens: 1 }),
  call('tool', { prompt_tokens: 99 }),
  { kind: 'model', error: { code: 'x', message: 'y' } },
];
const EXPECTED = { calls: 3, promptTokens: 15, completionTokens: 3 };

describe('what a recorded run took of a model', () => {
  it('is read from the tape, whether each call is a field or all are one', () => {
    const split = new Map<string, Json>(CALLS.map((entry, i) => [`/tape/000${i + 1}`, entry]));
    expect(modelUse(split)).toEqual(EXPECTED);
    expect(modelUse(new Map<string, Json>([['/tape', CALLS]]))).toEqual(EXPECTED);
  });

  it('is nothing where nothing was taped or usage was not said', () => {
    expect(modelUse(new Map())).toEqual({ calls: 0, promptTokens: 0, completionTokens: 0 });
    expect(modelUse(new Map<string, Json>([['/tape', [{ kind: 'model', result: { usage: 'a lot' } }]]]))).toMatchObject(
      {
        calls: 1,
        promptTokens: 0,
      },
    );
  });
});
