import { z } from 'zod';
import { MIN_CONTROL_REPEATS, POLICY_DEFAULTS as D } from './defaults.js';
import { rate } from './rate.js';

const says = (expected: string, fix?: string): { params: Record<string, string> } => ({
  params: { expected, ...(fix === undefined ? {} : { fix }) },
});

const line = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text.trim() === text && !/\p{Cc}/u.test(text), says('one line of text without spaces at its ends'));
const agentName = z
  .string()
  .refine(
    (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text),
    says('the name of an agent, without a version', 'leave the version out: it is given when the gate is run'),
  );
const pointer = z
  .string()
  .max(500)
  .refine(
    (text) => /^(\/([^~/]|~[01])*)+$/.test(text),
    says('a JSON pointer into the record, such as /context/inputs/amount'),
  );
const decision = z
  .string()
  .refine((text) => /^[\x21-\x7e]{1,128}$/.test(text), says('the id of a decision, such as dec_7Q2K…'));
const whole = (min: number, max: number) => z.int().min(min).max(max);

/** Default-filled section: an absent section equals an empty one. */
const section = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).prefault({} as never);

const term = line.refine((text) => /[\p{L}\p{N}]/u.test(text), says('a word or phrase'));

const forbidden = z.strictObject({
  id: line,
  terms: z.array(term).min(1).max(500),
  why: z.string().max(2_000).default(''),
});

function unique<T>(keyOf: (item: T) => string) {
  return (items: readonly T[]): boolean => new Set(items.map(keyOf)).size === items.length;
}

/** The policy file, strict in every section. Output is a `GatePolicy`. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: line,
  agent: agentName,
  type: line,
  cohort: section({
    size: whole(1, 1_000_000).default(D.cohortSize),
    seed: z.int().default(D.cohortSeed),
    stratifyBy: z.array(pointer).max(8).default([]),
  }),
  repeats: section({
    control: whole(MIN_CONTROL_REPEATS, 50).default(D.controlRepeats),
    candidate: whole(1, 50).default(D.candidateRepeats),
  }),
  alpha: rate({ min: 0, max: 0.5, aboveMin: true }).prefault(D.alpha),
  maxFlipRate: rate({ min: 0, max: 1, aboveMin: true }).prefault(D.maxFlipRate),
  maxNotReplayable: rate({ min: 0, max: 1 }).prefault(D.maxNotReplayable),
  maxHarnessMismatch: rate({ min: 0, max: 1 }).prefault(D.maxHarnessMismatch),
  rationale: section({
    maxShift: rate({ min: 0, max: 1 }).prefault(D.maxShift),
    forbidden: z
      .array(forbidden)
      .max(500)
      .refine(
        unique<{ id: string }>(({ id }) => id),
        says('each id once'),
      )
      .default([]),
  }),
  pinned: z
    .array(
      z.strictObject({
        decision,
        outcome: line.exactOptional(),
        note: z.string().max(2_000).exactOptional(),
        waiver: z.enum(['allowed', 'forbidden']).exactOptional(),
      }),
    )
    .max(10_000)
    .refine(
      unique<{ decision: string }>((item) => item.decision),
      says('each decision once'),
    )
    .default([]),
  stake: z.strictObject({ path: pointer, unit: line }).nullable().default(null),
  // Absent unless written: policies that say nothing keep their digest.
  waivers: z
    .strictObject({
      pinned: z.enum(['allowed', 'forbidden']).exactOptional(),
      stakeFrom: z.number().min(0).exactOptional(),
      maxDays: whole(1, 3_650).exactOptional(),
    })
    .exactOptional(),
  lanes: section({
    model: z.enum(['tape', 'live']).default(D.model),
    liveReads: z.boolean().default(D.liveReads),
    timeoutMs: whole(1, 3_600_000).default(D.timeoutMs),
  }),
  budget: section({
    maxCalls: whole(0, Number.MAX_SAFE_INTEGER).nullable().default(null),
    maxCost: z.number().min(0).nullable().default(null),
    maxTokens: whole(0, Number.MAX_SAFE_INTEGER).nullable().exactOptional(),
  }),
});

/** Keys of each section by path, list items under "*": for "did you mean". */
export const POLICY_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(policySchema.shape),
  cohort: ['size', 'seed', 'stratifyBy'],
  repeats: ['control', 'candidate'],
  rationale: ['maxShift', 'forbidden'],
  'rationale.forbidden.*': Object.keys(forbidden.shape),
  'pinned.*': ['decision', 'outcome', 'note', 'waiver'],
  waivers: ['pinned', 'stakeFrom', 'maxDays'],
  stake: ['path', 'unit'],
  lanes: ['model', 'liveReads', 'timeoutMs'],
  budget: ['maxCalls', 'maxCost', 'maxTokens'],
};
