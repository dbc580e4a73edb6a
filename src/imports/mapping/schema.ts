import { z } from 'zod';

const says = (expected: string, fix?: string): { params: Record<string, string> } => ({
  params: { expected, ...(fix === undefined ? {} : { fix }) },
});

const POINTER = /^(\/([^~/]|~[01])*)+$/;
const pointer = z
  .string()
  .max(500)
  .refine(
    (text) => POINTER.test(text),
    says('a JSON pointer into the line, such as /loan/id', 'columns and members are written with a slash: /status'),
  );

/** "/status" reads the line; any other text stands for itself, and so does {value: …}. */
const source = z.union(
  [
    z
      .string()
      .min(1)
      .max(500)
      .refine(
        (text) => !text.startsWith('/') || POINTER.test(text),
        says('a JSON pointer such as /loan/id, or plain text'),
      ),
    z.strictObject({ value: z.string().min(1).max(500) }),
  ],
  { error: 'a JSON pointer such as /status, or text that stands for itself' },
);

const manySources = z.union([source, z.array(source).min(1).max(20)], {
  error: 'a JSON pointer such as /status, or text, or a list of them',
});
/** Where text that stands for itself would make all decisions alike, it has to be said: {value: …}. */
const read = z.union([pointer, z.strictObject({ value: z.string().min(1).max(500) })], {
  error: 'a JSON pointer such as /status, or {value: text} for the same in every line',
});
const manyRead = z.union([read, z.array(read).min(1).max(20)], {
  error: 'a JSON pointer such as /id, or a list of them',
});
const EFFECTS = ['pure', 'read', 'write', 'irreversible', 'unknown'] as const;

const tape = z.strictObject({
  /** The list of calls. */
  from: pointer,
  name: source,
  /** "tool", "model", or where the line says which. */
  kind: source.default('tool'),
  args: pointer.optional(),
  result: pointer.optional(),
  error: pointer.optional(),
  startedMs: pointer.optional(),
  durMs: pointer.optional(),
  /** By tool name; `*` stands for any text, the first that fits counts. */
  effects: z.record(z.string().min(1), z.enum(EFFECTS)).default({}),
  /** The author says that every call of the agent is in the log. */
  complete: z.boolean().default(false),
});

const rules = z.strictObject({ from: pointer, id: pointer, fired: pointer, detail: pointer.optional() });
const alternatives = z.strictObject({
  from: pointer,
  action: pointer,
  target: pointer.optional(),
  score: pointer.optional(),
  reason: pointer.optional(),
});

const csv = z.strictObject({
  delimiter: z.string().length(1).optional(),
  columns: z.array(z.string().min(1)).min(1).max(2000).optional(),
  numbers: z.array(z.string().min(1)).optional(),
  booleans: z.array(z.string().min(1)).optional(),
});

/** The mapping file: what of a line becomes what of a decision. Strict in every section. */
export const mappingSchema = z.strictObject({
  version: z.literal(1),
  agent: source,
  agentVersion: source,
  type: source,
  outcome: read,
  /** Names the case; default: the line's own content. */
  key: manyRead.optional(),
  session: source.optional(),
  occurredAt: source.optional(),
  goal: source.optional(),
  origin: source.optional(),
  parent: source.optional(),
  subject: source.optional(),
  model: source.optional(),
  promptVersion: source.optional(),
  codeDigest: source.optional(),
  confidence: pointer.optional(),
  inputs: z
    .union([pointer, z.array(pointer).min(1).max(200), z.record(z.string().min(1), pointer)], {
      error: 'a JSON pointer, a list of them, or names with a pointer each',
    })
    .optional(),
  splitInputs: z.array(z.string().min(1)).max(200).optional(),
  externalVersions: z.record(z.string().min(1), source).optional(),
  lineage: z.record(z.string().min(1), source).optional(),
  constraints: manySources.optional(),
  reasoning: z
    .union([manySources, z.strictObject({ from: pointer, split: z.string().min(1).max(10) })], {
      error: 'a JSON pointer, a list of them, or {from, split}',
    })
    .optional(),
  alternatives: alternatives.optional(),
  rules: rules.optional(),
  tape: tape.optional(),
  /** Only lines where each of these holds; the others are passed over. */
  only: z.record(pointer, z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  csv: csv.optional(),
});

export type Mapping = z.output<typeof mappingSchema>;
export type Source = z.output<typeof source>;

/** Keys of each section by path: for "did you mean". */
export const MAPPING_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(mappingSchema.shape),
  tape: Object.keys(tape.shape),
  rules: Object.keys(rules.shape),
  alternatives: Object.keys(alternatives.shape),
  csv: Object.keys(csv.shape),
};
