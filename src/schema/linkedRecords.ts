import { z } from 'zod';

const text = (about: string) => z.string().describe(about);
const time = (about: string) => z.iso.datetime().describe(about);
const count = (about: string) => z.int().min(0).describe(about);

/** What happened downstream of a decision. Linked to it by `{rel: "decision", id}`. */
export const effectSchema = z.strictObject({
  action: text('What was done.'),
  target: text('To whom or what.').exactOptional(),
  result: z.enum(['success', 'failure', 'pending']).describe('How it ended.'),
  sideEffects: z.array(z.string()).describe('What else it changed.').exactOptional(),
  revertAction: text('What would undo it.').exactOptional(),
  actor: z.enum(['agent', 'human']).describe('Who did it.').exactOptional(),
  detail: z.unknown().describe('Anything else, as JSON.').optional(),
});

/** A person decided otherwise. */
export const overrideSchema = z.strictObject({
  by: text('Who, as the organisation names people.'),
  reason: text('Why.'),
  outcome: text('What stands instead.'),
  previous: text('What the agent had decided.').exactOptional(),
  shownAt: time('When the person was shown the case.').exactOptional(),
  decidedAt: time('When the person decided.'),
  dwellMs: count('Milliseconds between the two.').exactOptional(),
});

/** What was recorded wrongly. The first record stays as it is. */
export const correctionSchema = z.strictObject({
  reason: text('Why.'),
  fields: z.record(z.string(), z.unknown()).describe('Path of the corrected field → its right value.'),
  by: text('Who.').exactOptional(),
});

/** What a producer says of its own capture. */
export const captureDroppedSchema = z.strictObject({
  dropped: count('Records of this producer dropped so far.'),
  since: time('When the first of them was dropped.'),
  until: time('When the last of them was dropped.'),
  policy: z.enum(['drop-newest', 'block', 'too-large', 'spool-full']).describe('Why.'),
  session: text('Session of the producer.'),
});

export const captureSampledSchema = z.strictObject({
  type: text('Decision type that is sampled.'),
  rate: z.number().min(0).max(1).describe('Share that is kept.'),
  reason: text('Why sampling was allowed.'),
  seen: count('Decisions so far.'),
  kept: count('Of them recorded.'),
  session: text('Session of the producer.'),
});

export const captureClosedSchema = z.strictObject({
  records: count('Sequence number of the last record before this one.'),
  dropped: count('Records of this producer dropped in all.'),
  session: text('Session of the producer.'),
});
