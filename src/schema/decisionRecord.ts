import { z } from 'zod';

/** `z.unknown()` for JSON: canonical form, depth and size are bounded where the whole is read. */
const json = (about: string) => z.unknown().describe(about);
const text = (about: string) => z.string().describe(about);
const id = (about: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 characters without spaces')
    .describe(about);

const intent = z
  .strictObject({
    goal: text('What was asked for. Default: the decision type.'),
    origin: z.enum(['human', 'agent', 'scheduler']).describe('Who asked.'),
    session: text('Groups the decisions of one run. Opaque to Tenet.'),
    parent: text('Id of the decision or request that asked for this one.').exactOptional(),
    constraints: z.array(z.string()).describe('Limits that the agent was given.').exactOptional(),
  })
  .describe('Why the agent was asked.');

const context = z
  .strictObject({
    inputs: json('What the agent was given, as it was when the call began.'),
    externalVersions: z
      .record(z.string(), z.string())
      .describe('Versions of what the inputs were taken from: tables, indexes, feature sets.')
      .exactOptional(),
  })
  .describe('What the agent knew.');

export const alternativeSchema = z.strictObject({
  action: text('What could have been done.'),
  target: text('To whom or what.').exactOptional(),
  score: z
    .number()
    .describe('As the agent scores; only the order within one decision means something.')
    .exactOptional(),
  reason: text('Why it was not taken.').exactOptional(),
});

export const ruleSchema = z.strictObject({
  id: text('Name of the rule.'),
  fired: z.boolean().describe('Whether it applied.'),
  detail: text('What it compared.').exactOptional(),
});

const decision = z
  .strictObject({
    outcome: text('What was decided; outcomes are compared as text.'),
    confidence: z.number().describe('0 to 1, as the agent states it.').exactOptional(),
    rules: z.array(ruleSchema).describe('Rules that were evaluated.').exactOptional(),
  })
  .describe('What was decided.');

const provenance = z
  .strictObject({
    agent: text('Name of the agent.'),
    version: text('Its version, as the team names it.'),
    codeDigest: text('SHA-256 of the agent’s files, hex.').exactOptional(),
    model: text('Model that answered.').exactOptional(),
    promptVersion: text('Version of the prompt, as the team names it.').exactOptional(),
    sdk: text('What recorded it: ghost-ts/…, ghost-py/…, import/…, otlp.'),
    lineage: z
      .record(z.string(), z.unknown())
      .describe('Orchestrator run, job, step, assets, partition, retry, upstream versions.')
      .exactOptional(),
  })
  .describe('Who decided, with what.');

/** CAPTURE "Encoding": one call of the run, in the order of call starts. */
export const tapeEntrySchema = z.strictObject({
  v: z.literal(1).describe('Version of this shape.'),
  n: z.int().min(1).describe('Counts call starts, from 1.'),
  kind: z.enum(['tool', 'model', 'clock', 'random', 'id']).describe('What was called.'),
  name: text('Tool, or endpoint of the model API.'),
  effect: z
    .enum(['pure', 'read', 'write', 'irreversible', 'unknown'])
    .describe('What the call does to the world; decides how a re-run answers it.'),
  key: text('What makes two calls the same call: the declared key, else the canonical arguments.'),
  args: json('Arguments.'),
  result: json('What it answered; a stream is stored assembled.').optional(),
  error: z
    .strictObject({ code: text('Name or code of the error.'), message: text('Its message.') })
    .describe('In place of a result.')
    .exactOptional(),
  startedMs: z.number().describe('Milliseconds since the run began.'),
  durMs: z.number().describe('Milliseconds.'),
});

const grade = z
  .strictObject({
    grade: z
      .enum(['A', 'B', 'C', 'D'])
      .describe(
        'A everything taped, model and prompt pinned · B an unpinned model, or a value that was truncated or redacted · C the tape is incomplete · D outcome only.',
      ),
    reasons: z.array(z.string()).describe('What keeps it from a better grade.'),
  })
  .describe('How well this decision can be re-run.');

/** The seven layers of a decision. */
export const decisionRecordSchema = z.strictObject({
  intent,
  context,
  reasoning: z.array(z.string()).describe('Ordered steps, each a field of its own.'),
  alternatives: z.array(alternativeSchema).describe('What else could have been done.'),
  decision,
  provenance,
  tape: z.array(tapeEntrySchema).describe('Every call of the run, each a field of its own.'),
  grade,
});

export const linkSchema = z.strictObject({ rel: text('What the other entry is to this one.'), id: id('Entry id.') });
