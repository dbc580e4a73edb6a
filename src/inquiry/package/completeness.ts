import {
  fromBase64,
  openCheckpoint,
  parseStrict,
  RecordError,
  TreeFrontier,
  verifyRange,
  type Checkpoint,
  type Ed25519Verify,
  type Policy,
  type Sha256,
} from '@tenet-ledger/record';
import type { ProducerReport } from '../../producers/index.js';
import { isRecomputable, scopeDigest, scopeTest, type ScopeQuery } from '../scope.js';
import { RangeReading } from './rangeReading.js';

/** completeness.json: what makes leaves.jsonl.gz a proof that nothing in the range was left out. */
export interface CompletenessEvidence {
  readonly v: 1;
  readonly log: string;
  /** Signed note, C2SP tlog-checkpoint. */
  readonly checkpoint: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** base64 hashes of the subtrees outside the range; none where it is the whole tree. */
  readonly proof: readonly string[];
  readonly scope: ScopeQuery;
  readonly scopeDigest: string;
  /** By index: of key entries, and of what producers say of their own capture. No value of any decision. */
  readonly disclosures: Readonly<Record<string, readonly string[]>>;
  /** Leaves that were answered as duplicates: signed, and in no tree. */
  readonly duplicates: readonly string[];
}

/** What the leaves show, whoever reads them. */
export interface CompletenessReport {
  readonly problems: readonly string[];
  readonly origin: string;
  readonly size: number;
  readonly start: number;
  readonly end: number;
  readonly leaves: number;
  readonly decisions: number;
  readonly kinds: Readonly<Record<string, number>>;
  readonly inScope: readonly { readonly id: string; readonly index: number }[];
  readonly signatures: { readonly checked: number; readonly all: boolean };
  readonly producers: readonly ProducerReport[];
  readonly notShown: readonly string[];
}

export interface CompletenessDeps {
  readonly policy: Policy;
  readonly verify: Ed25519Verify;
  /** Every leaf's signature; else those of key entries and of what is in scope. */
  readonly everySignature: boolean;
  readonly hash?: Sha256;
}

export function parseEvidence(text: string): CompletenessEvidence {
  const value = parseStrict(text) as Partial<Record<keyof CompletenessEvidence, unknown>>;
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'string');
  const isWhole = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
  const { v, log, checkpoint, start, end, proof, scope, disclosures, duplicates } = value;
  const isEvidence =
    v === 1 &&
    typeof log === 'string' &&
    typeof checkpoint === 'string' &&
    isWhole(start) &&
    isWhole(end) &&
    isList(proof) &&
    isList(duplicates) &&
    typeof scope === 'object' &&
    scope !== null &&
    typeof disclosures === 'object' &&
    disclosures !== null &&
    Object.values(disclosures).every(isList);
  if (!isEvidence) throw new RecordError('record.shape', 'completeness.json does not have the form it must have');
  return value as CompletenessEvidence;
}

/** Takes the leaves one by one, then says what they show. */
export class CompletenessCheck {
  readonly reading: RangeReading;
  readonly #evidence: CompletenessEvidence;
  readonly #deps: CompletenessDeps;
  readonly #checkpoint: Checkpoint;

  /** Throws a RecordError where the checkpoint is not one of the policy's log. */
  constructor(evidence: CompletenessEvidence, deps: CompletenessDeps) {
    const { log, start, scope, disclosures } = evidence;
    this.#evidence = evidence;
    this.#deps = deps;
    this.#checkpoint = openHead(evidence, deps);
    this.reading = new RangeReading({
      ...deps,
      log,
      start,
      disclosures: (index) => disclosures[String(index)] ?? [],
      isInScope: scopeTest(scope),
    });
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint;
  }

  add(leaf: string): void {
    this.reading.add(leaf);
  }

  /** The root that the first `size` leaves have; null where the range does not begin at 0 or is shorter. */
  rootAt(size: number): Uint8Array | null {
    const { hashes } = this.reading;
    if (this.#evidence.start !== 0 || size > hashes.length) return null;
    const frontier = TreeFrontier.empty(this.#deps.hash);
    for (const hash of hashes.slice(0, size)) frontier.append(hash);
    return frontier.root();
  }

  report(): CompletenessReport {
    const { start, end, proof, scope, scopeDigest: digest, duplicates } = this.#evidence;
    const { reading } = this;
    const { size, root, origin } = this.#checkpoint;
    const problems: string[] = [];
    const claim = { start, end, size, leafHashes: reading.hashes, proof: proof.map((one) => fromBase64(one)), root };
    if (!verifyRange(claim, this.#deps.hash))
      problems.push(
        `the ${reading.hashes.length} leaves are not those of index ${start} to ${end} under the signed root`,
      );
    if (scopeDigest(scope) !== digest) problems.push('the scope does not hash to the digest beside it');
    for (const text of duplicates) reading.chains.addDuplicate(text, this.#deps.hash);
    if (reading.wrong > 0) problems.push(...reading.problems);
    const producers = reading.chains.reports(concerning(scope));
    const facts = {
      origin,
      size,
      start,
      end,
      leaves: reading.hashes.length,
      decisions: reading.kinds.get('decision') ?? 0,
      kinds: Object.fromEntries([...reading.kinds].sort(([a], [b]) => (a < b ? -1 : 1))),
      inScope: reading.found.map(({ id, index }) => ({ id, index })),
      signatures: { checked: reading.signaturesChecked, all: this.#deps.everySignature },
      producers,
    };
    return { ...facts, problems, notShown: notShownBy(facts, scope) };
  }
}

function openHead({ checkpoint: note, log }: CompletenessEvidence, { policy, verify }: CompletenessDeps): Checkpoint {
  const keys = policy.logs.map(({ key }) => key);
  const { checkpoint, note: opened } = openCheckpoint(note, keys, verify);
  if (!checkpoint.origin.startsWith(`${log}/`))
    throw new RecordError('bundle.origin', `the checkpoint is of ${checkpoint.origin}, the package of log ${log}`);
  if (!opened.verified.some(({ key }) => key.name === checkpoint.origin))
    throw new RecordError(
      'bundle.checkpoint',
      `no log key of the policy signed the checkpoint of ${checkpoint.origin}`,
    );
  return checkpoint;
}

/** Producers that may have written what was asked for: whoever wrote decisions of the agent, or of any where none is named. */
const concerning =
  ({ agent }: ScopeQuery) =>
  (agents: ReadonlySet<string>): boolean =>
    agent === null || [...agents].some((one) => one === agent || one.startsWith(`${agent}@`));

/** What no proof over the log can say. Each is a sentence for the cover. */
function notShownBy(facts: Omit<CompletenessReport, 'problems' | 'notShown'>, scope: ScopeQuery): string[] {
  const { start, end, size, producers } = facts;
  const said: string[] = [];
  if (start !== 0 || end !== size) said.push(`Entries outside index ${start} to ${end} of ${size} were not looked at.`);
  if (!isRecomputable(scope))
    said.push('The session of a decision is sealed: that no other decision belongs to it is the operator’s word.');
  if (scope.subject !== null)
    said.push('Decisions about the same person that were recorded under another or no tag are not found by the tag.');
  if (scope.from !== null || scope.to !== null)
    said.push('Times are what the producers claimed; the log bounds them only by its order.');
  for (const { producer, verdict, reasons } of producers) {
    if (verdict !== 'complete') said.push(`Producer ${producer} is ${verdict.toUpperCase()}: ${reasons.join('; ')}.`);
  }
  said.push('What was decided by code that was never wrapped for recording is in no log.');
  if (!facts.signatures.all) said.push('Signatures of entries outside the scope were not checked in this run.');
  return said;
}
