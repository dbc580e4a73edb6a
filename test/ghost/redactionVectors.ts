import type { DecisionRecord, Json } from '@tenet-ledger/record';
import type { RedactOptions } from '@tenet-ledger/ghost';
import type { Draft, FieldsDraft, RecordDraft } from '../../packages/ghost/src/delivery/delivery.js';
import { compileRedaction } from '../../packages/ghost/src/redact/index.js';
import { Pseudonyms } from '../../packages/ghost/src/redact/pseudonym.js';
import { CARD, JSON_MEMBER, SECRET_NAMES, SECRET_VALUES } from '../../packages/ghost/src/redact/secrets.js';
import { jwt, TEXTS } from './redactionTexts.js';

/** What both SDKs have to do alike, computed by this one. */

const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');
const entry = (n: number, more: object): object => ({
  v: 1,
  n,
  kind: 'tool',
  name: 'bureau.lookup',
  effect: 'read',
  key: '',
  args: [{ id: 'a-1' }],
  startedMs: 0,
  durMs: 1,
  ...more,
});

function record(more: object = {}): DecisionRecord {
  return {
    intent: { goal: 'loan.approve', origin: 'agent', session: 'ses_1' },
    context: { inputs: { id: 'a-1', amount: 500 } },
    reasoning: ['score 7'],
    alternatives: [],
    decision: { outcome: 'approve' },
    provenance: { agent: 'underwriter', version: '4.2.0', sdk: 'ghost/0' },
    tape: [],
    grade: { grade: 'A', reasons: [] },
    ...more,
  };
}

const draftOf = (of: DecisionRecord): RecordDraft => ({
  kind: 'decision',
  type: 'loan.approve',
  id: 'dec_1',
  agent: 'underwriter@4.2.0',
  links: [],
  occurredAt: '2026-01-02T03:04:05.678Z',
  record: of,
});

const fieldsDraft = (
  kind: 'effect' | 'correction' | 'capture',
  fields: readonly { path: string; value: Json }[],
): FieldsDraft => ({
  kind,
  type: kind,
  id: 'eff_1',
  agent: 'underwriter@4.2.0',
  links: [{ rel: 'decision', id: 'dec_1' }],
  occurredAt: '2026-01-02T03:04:05.678Z',
  fields,
});

interface DraftCase {
  readonly name: string;
  readonly options: RedactOptions;
  readonly in: Draft;
}

const DRAFTS: readonly DraftCase[] = [
  { name: 'nothing to hide', options: {}, in: draftOf(record({ tape: [entry(1, { key: 'a-1', result: 7 })] })) },
  {
    name: 'the key of a call without one is made of its arguments',
    options: {},
    in: draftOf(record({ tape: [entry(1, { args: [{ b: 1, a: 1e21, é: 'x' }], result: null })] })),
  },
  {
    name: 'a long key is named by its digest',
    options: {},
    in: draftOf(record({ tape: [entry(1, { args: ['x'.repeat(600)] })] })),
  },
  {
    name: 'members with a secret name',
    options: {},
    in: draftOf(
      record({
        context: {
          inputs: {
            Authorization: 'Basic abc',
            'Set-Cookie': ['a=1', 'b=2'],
            api_key: 7,
            password: null,
            secret: '',
            private_key: true,
            passwords: 'stays',
            nested: { 'X-Api-Key': 'k', refreshToken: { value: 'v' } },
          },
          externalVersions: { bureau: 'tnt_0123456789abcdefghij' },
        },
      }),
    ),
  },
  {
    name: 'secrets on the tape, in reasons, in names and in what was said of the grade',
    options: {},
    in: draftOf(
      record({
        reasoning: ['paid by 4111 1111 1111 1111'],
        alternatives: [{ action: 'call', reason: 'Bearer abcdefghij0123456789' }],
        decision: { outcome: 'approve', rules: [{ id: 'R1', fired: true, detail: 'AKIAIOSFODNN7EXAMPLE' }] },
        provenance: {
          agent: 'underwriter',
          version: '4.2.0',
          sdk: 'ghost/0',
          lineage: { url: 'redis://:pw123@cache/0' },
        },
        tape: [
          entry(1, {
            args: [{ headers: { authorization: 'x' } }],
            result: { card: 4111111111111111, at: 1763999999999 },
          }),
          entry(2, { key: 'sk-abcdefghijklmnopqrstuvwx', error: { code: 'http.401', message: `bad ${jwt}` } }),
        ],
        grade: { grade: 'A', reasons: ['the outcome mapper threw: sk-abcdefghijklmnopqrstuvwx'] },
      }),
    ),
  },
  {
    name: 'member names that become one',
    options: {},
    in: draftOf(record({ context: { inputs: { '4111111111111111': 1, '5500000000000004': 2 } } })),
  },
  {
    name: 'secrets left alone on demand',
    options: { secrets: false },
    in: draftOf(record({ context: { inputs: { password: 'x', card: '4111111111111111' } } })),
  },
  {
    name: 'paths, with * for one segment',
    options: {
      paths: ['/context/inputs/ssn', '/tape/*/args/*/name', '/tape/0/result', '/context/inputs/a~1b/0', '/reasoning/*'],
    },
    in: draftOf(
      record({
        context: { inputs: { ssn: { a: 1 }, 'a/b': ['x', 'y'], other: { ssn: 'stays' } } },
        tape: [
          entry(1, { args: [{ name: 'Ann', id: 1 }], result: { whole: true } }),
          entry(2, { args: [{ name: null }], result: 2 }),
        ],
        grade: { grade: 'C', reasons: ['one'] },
      }),
    ),
  },
  {
    name: 'a path to keys: those that arguments made stay with them',
    options: { paths: ['/tape/*/key'] },
    in: draftOf(
      record({
        tape: [
          entry(1, { args: [{ id: 1 }], key: '' }),
          entry(2, { args: ['a'], key: '["a"]' }),
          entry(3, { key: 'Ann' }),
        ],
        grade: { grade: 'C', reasons: ['one'] },
      }),
    ),
  },
  {
    name: 'patterns of the author',
    options: {
      patterns: [
        { name: 'mail', regex: '[A-Za-z0-9.]+@[A-Za-z0-9.]+' },
        { name: 'nhs', regex: '\\d{3} \\d{3} \\d{4}' },
      ],
    },
    in: draftOf(
      record({ context: { inputs: { to: 'write to ann@example.org, bob@example.org', nr: '943 476 5919' } } }),
    ),
  },
  {
    name: 'pseudonyms: the same value, the same token',
    options: {
      pseudonyms: { paths: ['/context/inputs/name', '/tape/*/args/*/name', '/context/inputs/all'], key: KEY },
    },
    in: draftOf(
      record({
        context: { inputs: { name: 'Ann Ärmel', all: ['x', 5, null, true, { y: 'z', n: '' }], id: 1 } },
        tape: [entry(1, { args: [{ name: 'Ann Ärmel' }], result: 'Ann Ärmel' })],
      }),
    ),
  },
  {
    name: 'a path stands before a pseudonym, a pseudonym before a name',
    options: {
      paths: ['/context/inputs/a'],
      pseudonyms: { paths: ['/context/inputs/a', '/context/inputs/password'], key: KEY },
    },
    in: draftOf(record({ context: { inputs: { a: 'x', password: 'hunter2' } } })),
  },
  {
    name: 'fields of what follows a decision',
    options: { paths: ['/effect/detail/ssn'] },
    in: fieldsDraft('effect', [
      { path: '/effect/action', value: 'letter to card 4111111111111111' },
      { path: '/effect/detail', value: { ssn: '1', password: 'p' } },
    ]),
  },
  {
    name: 'a correction, by the paths of the decision it is about',
    options: { paths: ['/context/inputs/ssn'] },
    in: fieldsDraft('correction', [
      { path: '/correction/reason', value: 'typing' },
      {
        path: '/correction/fields',
        value: {
          '/context/inputs/ssn': '078-05-1120',
          '/context/inputs/password': 'hunter2',
          '/reasoning/0': 'card 4111111111111111',
          '/context/inputs/income': 12,
        },
      },
    ]),
  },
  {
    name: 'what a producer says of its own capture',
    options: { patterns: [{ name: 'all', regex: '[a-z]+' }] },
    in: fieldsDraft('capture', [{ path: '/capture/policy', value: 'drop-newest' }]),
  },
];

const REFUSED: readonly RedactOptions[] = [
  { paths: ['no/slash'] },
  { paths: ['/a~2'] },
  { paths: [''] },
  { patterns: [{ name: 'look', regex: 'a(?=b)' }] },
  { patterns: [{ name: 'named', regex: '(?<x>a)' }] },
  { patterns: [{ name: 'back', regex: '(a)\\1' }] },
  { patterns: [{ name: 'class', regex: '\\p{Lu}' }] },
  { patterns: [{ name: 'empty', regex: 'a*' }] },
  { patterns: [{ name: 'broken', regex: '(' }] },
  { patterns: [{ name: 'a name', regex: 'a' }] },
  { pseudonyms: { paths: ['/a'], key: 'c2hvcnQ=' } },
];

export function redactionVectors(): object {
  const pseudonyms = new Pseudonyms(Buffer.from(KEY, 'base64'));
  const redact = compileRedaction();
  const textOf = (text: string): { in: string; out: Json; names: readonly string[] } => {
    const { record: out } = redact(draftOf(record({ reasoning: [text] }))) as RecordDraft;
    const names = /\((.*)\)/.exec(out.grade.reasons[0] ?? '')?.[1];
    return { in: text, out: out.reasoning[0]!, names: names === undefined ? [] : names.split(', ') };
  };
  return {
    about:
      'Redaction as both SDKs do it. rules: the default secrets, regexes for JavaScript (flags gu) and Python alike. texts: one reasoning step, ' +
      'out, and the names in the grade. drafts: options, a draft before and after; an empty tape key becomes the canonical redacted arguments. ' +
      'refused: options that must be refused when they are configured.',
    version: 1,
    rules: { names: SECRET_NAMES, values: SECRET_VALUES, jsonMember: JSON_MEMBER, card: CARD },
    pseudonym: {
      key: KEY,
      cases: ['a', 'Ann Ärmel', '日本語', 'x'.repeat(100)].map((value) => ({ value, token: pseudonyms.hide(value) })),
    },
    texts: TEXTS.map(textOf),
    drafts: DRAFTS.map(({ name, options, in: before }) => ({
      name,
      options,
      in: before,
      out: compileRedaction(options)(before),
    })),
    refused: REFUSED,
  };
}
