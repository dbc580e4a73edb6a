import {
  digestOf,
  keyStanding,
  leafHash,
  mayAttest,
  readDisclosure,
  readKeyStatement,
  readLeaf,
  RecordError,
  sHash,
  utf8,
  verifyLeafSignature,
  type Ed25519Verify,
  type Entry,
  type Json,
  type KeyEvent,
  type KeyStanding,
  type Policy,
  type ReadLeaf,
  type Sha256,
} from '@tenet-ledger/record';
import { Chains } from './chains.js';

export interface RangeReadingOptions {
  readonly log: string;
  readonly policy: Policy;
  /** Index of the first leaf. */
  readonly start: number;
  /** Of the key and capture entries in the range, by index. */
  readonly disclosures: (index: number) => readonly string[];
  /** Signatures of all leaves are checked; null: only those of key entries. */
  readonly verify: Ed25519Verify;
  readonly everySignature: boolean;
  readonly isInScope: (entry: Entry) => boolean;
  readonly hash?: Sha256;
}

export interface FoundLeaf {
  readonly id: string;
  readonly index: number;
  readonly leaf: string;
}

const MAX_PROBLEMS = 20;

/**
 * Reads every leaf of a range, in order, and keeps of it what completeness rests on: the hash of each leaf, which of them are in scope,
 * every producer's numbers, every key. The same code reads at packaging and at verification. What is wrong with a leaf is a
 * problem in the list, never an exception.
 */
export class RangeReading {
  readonly hashes: Uint8Array[] = [];
  readonly found: FoundLeaf[] = [];
  readonly kinds = new Map<string, number>();
  readonly chains = new Chains();
  readonly problems: string[] = [];
  signaturesChecked = 0;
  /** Indexes whose values the report needs: capture entries. */
  readonly captures: number[] = [];
  readonly #options: RangeReadingOptions;
  readonly #events: KeyEvent[] = [];
  readonly #standings = new Map<string, KeyStanding>();
  #wrong = 0;

  constructor(options: RangeReadingOptions) {
    this.#options = options;
  }

  add(text: string): void {
    const { start, hash } = this.#options;
    const index = start + this.hashes.length;
    this.hashes.push(leafHash(utf8(text), hash));
    try {
      this.#take(text, readLeaf(text), index);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#say(`leaf ${index}: ${error.message}`);
    }
  }

  /** All problems are counted, the first are told. */
  get wrong(): number {
    return this.#wrong;
  }

  /** For a leaf whose values came later: the capture entries, at packaging. */
  valuesOf({ entry }: ReadLeaf, disclosures: readonly string[]): Map<string, Json> {
    const values = new Map<string, Json>();
    for (const disclosure of disclosures) {
      const { path, value } = readDisclosure(disclosure);
      if (!Object.hasOwn(entry.fields, path) || entry.fields[path] !== digestOf(disclosure, this.#options.hash)) {
        throw new RecordError('bundle.disclosure', `${entry.id}: the value of ${path} is not the one that was signed`);
      }
      values.set(path, value);
    }
    return values;
  }

  #take(text: string, read: ReadLeaf, index: number): void {
    const { log, isInScope, hash, disclosures } = this.#options;
    const { entry, payload } = read;
    if (entry.log !== log) this.#say(`leaf ${index} is of log ${entry.log}`);
    this.kinds.set(entry.kind, (this.kinds.get(entry.kind) ?? 0) + 1);
    if (entry.kind === 'key') return this.#takeKey(read, index);
    this.#checkSignature(read, index);
    const values = entry.kind === 'capture' ? this.valuesOf(read, disclosures(index)) : null;
    if (entry.kind === 'capture') this.captures.push(index);
    this.chains.add(entry, index, sHash(payload, hash), values);
    if (isInScope(entry)) this.found.push({ id: entry.id, index, leaf: text });
  }

  /** Key entries are signed by the root key that the policy names; a producer's own signature says nothing about its key. */
  #takeKey(read: ReadLeaf, index: number): void {
    const { policy, log, verify, disclosures } = this.#options;
    const root = policy.roots.find(({ name }) => name === log);
    if (root === undefined) return this.#say(`the policy has no root key for ${log}`);
    if (!verifyLeafSignature(read, root.publicKey, verify))
      return this.#say(`leaf ${index}: this key entry is not signed by the root key`);
    this.signaturesChecked += 1;
    this.#events.push({ ...readKeyStatement(read.entry, this.valuesOf(read, disclosures(index))), index });
    this.#standings.clear();
  }

  #checkSignature(read: ReadLeaf, index: number): void {
    const { verify, everySignature, isInScope } = this.#options;
    const { entry, keyid } = read;
    const standing = this.#standing(keyid, index);
    if (!standing.valid) return this.#say(`leaf ${index}: ${standing.why}`);
    if (!mayAttest(standing.role, entry.kind))
      return this.#say(`leaf ${index}: a ${standing.role} key may not sign a ${entry.kind}`);
    if (!everySignature && !isInScope(entry)) return;
    this.signaturesChecked += 1;
    if (!verifyLeafSignature(read, standing.publicKey, verify))
      this.#say(`leaf ${index}: its signature does not verify`);
  }

  /** As of now; a key event makes it anew. */
  #standing(kid: string, index: number): KeyStanding {
    const known = this.#standings.get(kid);
    if (known !== undefined) return known;
    const standing = keyStanding(this.#events, kid, index);
    this.#standings.set(kid, standing);
    return standing;
  }

  #say(problem: string): void {
    this.#wrong += 1;
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }
}
