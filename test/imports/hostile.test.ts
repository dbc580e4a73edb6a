import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '@tenet-ledger/record';
import {
  checkMapping,
  convertLangfuse,
  convertMapped,
  convertOpenai,
  convertTauBench,
  entryOf,
  ItemError,
  parseMapping,
  type Converted,
} from '../../src/imports/index.js';
import { AT } from './support.js';

const named = { agent: 'a', version: '1', type: 't', session: 's', occurredAt: AT };
const effectOf = () => 'unknown' as const;
const mapping = parseMapping(
  `version: 1
agent: a
agentVersion: "1"
type: t
outcome: /outcome
key: /id
occurredAt: /at
reasoning: /why
inputs: /inputs
confidence: /score
alternatives: { from: /options, action: /name, score: /score }
tape: { from: /calls, name: /name, args: /args, result: /result, error: /error }
`,
  'm',
);

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const text = fc.string({ unit: 'binary', maxLength: 12 });
const maybe = (good: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: json });
const call = fc.record({
  id: maybe(text),
  function: maybe(fc.record({ name: maybe(text), arguments: maybe(text) })),
}) as fc.Arbitrary<Json>;
const message = maybe(
  fc.record({
    role: maybe(fc.constantFrom('system', 'user', 'assistant', 'tool')),
    content: maybe(text),
    tool_calls: maybe(fc.array(call, { maxLength: 2 })),
    tool_call_id: maybe(text),
  }),
);
const messages = maybe(fc.array(message, { maxLength: 5 }));
const completion = maybe(
  fc.record({
    id: maybe(text),
    model: maybe(text),
    created: maybe(fc.integer()),
    choices: maybe(fc.array(fc.record({ message }) as fc.Arbitrary<Json>, { maxLength: 2 })),
  }),
);
const observation = maybe(
  fc.record({
    id: maybe(text),
    type: maybe(fc.constantFrom('SPAN', 'GENERATION', 'TOOL')),
    name: maybe(text),
    startTime: maybe(fc.constant(AT)),
    parentObservationId: maybe(text),
    input: json,
    output: json,
    level: maybe(fc.constant('ERROR')),
  }),
);

const often = (good: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: json });
const option = often(fc.record({ name: fc.string({ minLength: 1 }), score: often(fc.constant(1)) }));
const logged = often(fc.record({ name: fc.string({ minLength: 1 }), args: json, result: json, error: json }));

const FORMATS: [string, fc.Arbitrary<Json>, (value: Json) => Converted[]][] = [
  [
    'tau-bench',
    maybe(
      fc.record({
        task_id: maybe(fc.nat()),
        trial: maybe(fc.nat()),
        reward: json,
        traj: messages,
      }),
    ),
    (value) => convertTauBench(value, named),
  ],
  [
    'openai-jsonl',
    fc.oneof(
      json,
      fc.record({
        request: maybe(fc.record({ model: json, messages }) as fc.Arbitrary<Json>),
        response: completion,
        timestamp: json,
      }) as fc.Arbitrary<Json>,
      fc.record({
        custom_id: text,
        response: maybe(fc.record({ status_code: json, body: completion }) as fc.Arbitrary<Json>),
        error: json,
      }) as fc.Arbitrary<Json>,
      fc.record({ messages }) as fc.Arbitrary<Json>,
    ),
    (value) => convertOpenai(value, { ...named, effectOf }),
  ],
  [
    'langfuse',
    maybe(
      fc.record({
        id: text,
        name: maybe(text),
        timestamp: maybe(fc.constant(AT)),
        input: json,
        output: json,
        observations: maybe(fc.array(observation, { maxLength: 4 })),
        scores: json,
        tags: json,
      }),
    ),
    (value) => convertLangfuse(value, { session: 's', occurredAt: AT, effectOf }),
  ],
  [
    'jsonl',
    maybe(
      fc.record({
        id: maybe(text),
        outcome: maybe(text),
        at: maybe(fc.constant(AT)),
        why: json,
        inputs: json,
        score: often(fc.double({ noNaN: true, min: 0, max: 1 })),
        options: often(fc.array(option, { maxLength: 2 })),
        calls: often(fc.array(logged, { maxLength: 3 })),
      }),
    ),
    (value) => convertMapped(value, { mapping, source: 'a log', session: 's', occurredAt: AT }),
  ],
];

test.each(FORMATS)('%s: whatever an item holds, it becomes an entry or a problem of its own', (_, values, convert) => {
  let made = 0;
  fc.assert(
    fc.property(values, (value) => {
      try {
        for (const converted of convert(value)) {
          if (!('decision' in converted)) continue;
          const entry = entryOf(converted.decision, { tenant: 'acme', sdk: 'import', tagKey: new Uint8Array(32) });
          expect(entry.grade.reasons.length).toBeGreaterThan(0);
          made += 1;
        }
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        expect(error.problem.message).not.toBe('');
      }
    }),
    { numRuns: 300 },
  );
  expect(made).toBeGreaterThan(10);
});

test('whatever a mapping file holds, it is a mapping or a list of problems with places', () => {
  const line = fc.oneof(
    text,
    fc.constantFrom('version: 1', 'agent: a', 'outcome: /x', 'tape:', '  from: /c', 'reasoning: [', '- x'),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const { mapping: found, problems } = checkMapping(lines.join('\n'));
      if (found === null) expect(problems.length).toBeGreaterThan(0);
      for (const problem of problems) expect(problem.line).toBeGreaterThan(0);
    }),
  );
});
