import { z } from 'zod';

/** Bounds of one posted result. A lane's `maxResultBytes` bounds the whole; these keep each part in proportion. */
export const RESULT_LIMITS = {
  text: 65_536,
  name: 1_024,
  steps: 1_000,
  items: 1_000,
  calls: 10_000,
} as const;

const name = z.string().min(1).max(RESULT_LIMITS.name);
const text = z.string().max(RESULT_LIMITS.text);
const count = z.int().min(0);
const amount = z.number().min(0);
/** Any JSON: `parseReplayResult` checks the whole for canonical form, so depth and content are bounded there. */
const json = z.unknown();

const alternative = z.strictObject({
  action: name,
  target: text.exactOptional(),
  score: z.number().exactOptional(),
  reason: text.exactOptional(),
});

const proposedAction = z.strictObject({ name, key: text, args: json, effect: z.enum(['write', 'irreversible']) });

const refusal = z.strictObject({
  code: z.string().regex(/^[a-z]+(\.[a-z0-9_]+)+$/, 'expected a code such as replay.no_tape'),
  tool: name.exactOptional(),
  key: text.exactOptional(),
  nearest: text.exactOptional(),
  message: text,
});

const tapeEntry = z.strictObject({
  v: z.literal(1),
  n: z.int().min(1),
  kind: z.enum(['tool', 'model', 'clock', 'random', 'id']),
  name,
  effect: z.enum(['pure', 'read', 'write', 'irreversible', 'unknown']),
  key: text,
  args: json,
  result: json.exactOptional(),
  error: z.strictObject({ code: name, message: text }).exactOptional(),
  startedMs: z.number(),
  durMs: z.number(),
});

export const replayResultSchema = z
  .strictObject({
    decision: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[\x21-\x7e]+$/, 'expected an id without spaces'),
    status: z.enum(['done', 'refused', 'failed', 'timeout', 'invalid']),
    outcome: name.nullable(),
    confidence: z.number().nullable(),
    reasoning: z.array(text).max(RESULT_LIMITS.steps),
    alternatives: z.array(alternative).max(RESULT_LIMITS.items),
    proposedActions: z.array(proposedAction).max(RESULT_LIMITS.items),
    calls: z.strictObject({ served: count, run: count, refused: count, model: count }),
    usage: z.strictObject({ promptTokens: count, completionTokens: count, cost: amount }),
    refusal: refusal.nullable(),
    liveCalls: z.array(tapeEntry).max(RESULT_LIMITS.calls),
    findings: z.array(text).max(RESULT_LIMITS.items),
    durMs: amount,
  })
  .check((ctx) => {
    const { status, outcome, refusal: why } = ctx.value;
    const problem = (path: string, message: string): void => {
      ctx.issues.push({ code: 'custom', path: [path], message, input: ctx.value });
    };
    if (status === 'done' && outcome === null) problem('outcome', 'expected an outcome where status is done');
    if (status === 'done' && why !== null) problem('refusal', 'expected null where status is done');
    if (status !== 'done' && why === null) problem('refusal', `expected the reason where status is ${status}`);
  });
