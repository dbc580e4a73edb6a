import { createHmac } from 'node:crypto';
import {
  decisionId,
  flattenRecord,
  RecordError,
  type DecisionRecord,
  type Json,
  type Link,
} from '@tenet-ledger/record';
import { compileRedaction, type Draft } from '@tenet-ledger/ghost';
import type { NewEntry } from '../ledger/index.js';
import { cleanJson, cleanText, wellFormed } from './cleanJson.js';
import { brief, ItemError } from './itemError.js';
import type { GradeNote, ImportedDecision } from './types.js';

export interface EntryContext {
  readonly tenant: string;
  /** What stands in provenance.sdk: "import/tau-bench", "otlp". */
  readonly sdk: string;
  /** HMAC key for subject tags. */
  readonly tagKey: Uint8Array;
}

/** An entry that can be signed as it is. */
export interface ImportEntry extends NewEntry {
  readonly id: string;
  readonly grade: GradeNote;
}

/** What the records door takes for one record, disclosures in base64 and the leaf included. */
const MAX_RECORD_CHARS = 1_048_576;
/** base64 twice over (field in its disclosure), and the digests in the leaf. */
const CHARS_PER_BYTE = 4 / 3;
const LEAF_ROOM = 70_000;

/** FORMAT.md §3: names reach terminals, paths and notes. */
const NAME = /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]{1,200}$/u;
const ID = /^[\x21-\x7e]{1,200}$/;

/** The decision as fields of an entry. Throws {@link ItemError} for what the format refuses. */
export function entryOf(decision: ImportedDecision, context: EntryContext): ImportEntry {
  const { agent, version, session, key } = decision;
  const names = { agent, version, session: wellFormed(session), key: wellFormed(key) };
  assertNames(decision);
  const id = decisionId({ tenant: context.tenant, ...names });
  const links: Link[] = decision.parent === undefined ? [] : [{ rel: 'parent', id: decision.parent }];
  const head = {
    kind: 'decision' as const,
    type: decision.type,
    id,
    agent: `${decision.agent}@${decision.version}`,
    links,
    occurredAt: decision.occurredAt,
  };
  const record = fitting(withoutSecrets({ ...head, record: recordOf(decision, context.sdk) }));
  return {
    ...head,
    ...(decision.subject !== undefined && { subject: subjectTag(context.tagKey, decision.subject) }),
    fields: flatten(record, decision.splitInputs),
    grade: record.grade,
  };
}

let redaction: ReturnType<typeof compileRedaction> | undefined;

/** Logs of others hold what an SDK would have taken out before it left the process: credentials and card numbers go here. */
export function redacted(draft: Draft): Draft {
  redaction ??= compileRedaction();
  return redaction(draft);
}

function withoutSecrets(draft: RecordDraft): DecisionRecord {
  const clean = redacted(draft);
  return 'record' in clean ? clean.record : draft.record;
}

type RecordDraft = Extract<Draft, { readonly record: DecisionRecord }>;

function assertNames({ type, agent, version, parent }: ImportedDecision): void {
  const expected = '1 to 200 characters without line ends, control and format characters';
  for (const [field, text] of [
    ['type', type],
    ['agent', `${agent}@${version}`],
  ] as const)
    if (!NAME.test(text)) throw new ItemError(field, 'does not fit the record format', { expected, got: brief(text) });
  if (parent !== undefined && !ID.test(parent))
    throw new ItemError('parent', 'not the id of a decision', {
      expected: 'printable ASCII without space',
      got: brief(parent),
    });
}

function flatten(record: DecisionRecord, splitInputs: readonly string[] | undefined): NewEntry['fields'] {
  try {
    return flattenRecord(record, splitInputs === undefined ? {} : { splitInputs });
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new ItemError(error.details.at ?? '', error.message);
  }
}

/** LEDGER: HMAC-SHA-256(tag key, subject id). */
const subjectTag = (tagKey: Uint8Array, subject: string): string =>
  createHmac('sha256', tagKey).update(subject).digest('base64url');

export function recordOf(decision: ImportedDecision, sdk: string): DecisionRecord {
  const notes = new Set<string>();
  const take = (value: unknown): Json => {
    const cleaned = cleanJson(value);
    for (const note of cleaned.notes) notes.add(note);
    return cleaned.value;
  };
  const text = (value: string): string => cleanText(value, notes);
  const body: Omit<DecisionRecord, 'grade'> = {
    intent: {
      goal: text(decision.goal ?? decision.type),
      origin: decision.origin ?? 'agent',
      session: text(decision.session),
      ...(decision.parent !== undefined && { parent: decision.parent }),
      ...(decision.constraints !== undefined && { constraints: decision.constraints.map(text) }),
    },
    context: {
      inputs: take(decision.inputs),
      ...(decision.externalVersions !== undefined && {
        externalVersions: take(decision.externalVersions) as Readonly<Record<string, string>>,
      }),
    },
    reasoning: decision.reasoning.map(text),
    alternatives: take(decision.alternatives ?? []) as unknown as DecisionRecord['alternatives'],
    decision: {
      outcome: text(decision.outcome),
      ...(decision.confidence !== undefined && { confidence: decision.confidence }),
      ...(decision.rules !== undefined && {
        rules: take(decision.rules) as unknown as NonNullable<DecisionRecord['decision']['rules']>,
      }),
    },
    provenance: provenanceOf(decision, sdk, text, take),
    tape: take(decision.tape) as unknown as DecisionRecord['tape'],
  };
  const { grade, reasons } = decision.grade;
  return { ...body, grade: { grade, reasons: [...reasons, ...notes].map((reason) => wellFormed(reason)) } };
}

function provenanceOf(
  decision: ImportedDecision,
  sdk: string,
  text: (value: string) => string,
  take: (value: unknown) => Json,
): DecisionRecord['provenance'] {
  const { codeDigest, model, promptVersion, lineage } = decision;
  return {
    agent: decision.agent,
    version: decision.version,
    ...(codeDigest !== undefined && { codeDigest: text(codeDigest) }),
    ...(model !== undefined && { model: text(model) }),
    ...(promptVersion !== undefined && { promptVersion: text(promptVersion) }),
    sdk,
    ...(lineage !== undefined &&
      Object.keys(lineage).length > 0 && { lineage: take(lineage) as Readonly<Record<string, Json>> }),
  };
}

/** A record that is too large with its tape is kept without, and says so; one that is too large without it is refused. */
function fitting(record: DecisionRecord): DecisionRecord {
  if (fits(record)) return record;
  const { grade, reasons } = record.grade;
  const why = 'the tape was left out: the record was too large with it';
  const short: DecisionRecord = {
    ...record,
    tape: [],
    grade: { grade: grade === 'D' ? 'D' : 'C', reasons: [why, ...reasons] },
  };
  if (record.tape.length > 0 && fits(short)) return short;
  throw new ItemError('', 'the record is too large', {
    expected: `at most ${MAX_RECORD_CHARS} bytes in transport form`,
    got: `about ${Math.round(sizeOf(record))}`,
  });
}

const sizeOf = (record: DecisionRecord): number =>
  Buffer.byteLength(JSON.stringify(record)) * CHARS_PER_BYTE + LEAF_ROOM;
const fits = (record: DecisionRecord): boolean => sizeOf(record) < MAX_RECORD_CHARS;
