import {
  equalBytes,
  fromUtf8,
  openCheckpoint,
  parseStrict,
  RecordError,
  sha256 as nobleSha256,
  toHex,
  verifyBundle,
  type BundleVerdict,
  type Ed25519Verify,
  type Policy,
  type Sha256,
} from '@tenet-ledger/record';
import { chainProblems, type ChainedEvent } from '../custody.js';
import { isRecomputable, scopeDigest } from '../scope.js';
import { CompletenessCheck, parseEvidence, type CompletenessReport } from './completeness.js';
import { DECISIONS, FILES, MANIFEST_FIELD, PACKAGED_TYPE, type Manifest, type PackageFiles } from './files.js';
import { parseManifest } from './parseManifest.js';
import type { DecisionFinding, PackageVerdict } from './verdict.js';

export interface VerifyPackageOptions {
  /** From the auditor, out of band. */
  readonly policy: Policy;
  /** Must give the joint verdict for keys that passed `assertPublicKey`: policy and key entries are read so. */
  readonly verify: Ed25519Verify;
  readonly everySignature: boolean;
  /** A checkpoint note of this log that the verifier kept. */
  readonly kept?: string;
  readonly hash?: Sha256;
  readonly onProgress?: (done: number, of: string) => void;
}

const MAX_PROBLEMS = 50;

/** Reads a package with nothing of the operator's but the package. Never throws for what a file can hold. */
export async function verifyPackage(files: PackageFiles, options: VerifyPackageOptions): Promise<PackageVerdict> {
  return new PackageReading(files, options).verdict();
}

class PackageReading {
  readonly #files: PackageFiles;
  readonly #options: VerifyPackageOptions;
  readonly #hash: Sha256;
  readonly #problems: string[] = [];
  readonly #notShown = new Set<string>();
  readonly #decisions: DecisionFinding[] = [];
  #manifest: Manifest | null = null;
  #signature: BundleVerdict | null = null;
  #report: CompletenessReport | null = null;
  #check: CompletenessCheck | null = null;
  #incomplete: string | null = null;
  #kept: 'not asked' | 'consistent' | 'not comparable' = 'not asked';
  #custody = 0;

  constructor(files: PackageFiles, options: VerifyPackageOptions) {
    this.#files = files;
    this.#options = options;
    this.#hash = options.hash ?? nobleSha256;
  }

  async verdict(): Promise<PackageVerdict> {
    for (const [name, step] of [
      ['manifest', () => this.#readManifest()],
      ['signature of the manifest', () => this.#readSignature()],
      ['completeness', () => this.#readCompleteness()],
      ['files', () => this.#readFiles()],
      ['custody', () => this.#readCustody()],
      ['kept checkpoint', () => this.#compareKept()],
    ] as const) {
      await step().catch((error: unknown) =>
        this.#say(`${name}: ${error instanceof Error ? error.message : String(error)}`),
      );
      if (this.#manifest === null) break;
    }
    return this.#judge();
  }

  #say(problem: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }

  async #readManifest(): Promise<void> {
    const manifest = parseManifest(fromUtf8(await this.#files.read(FILES.manifest)));
    const listed = new Set<string>([FILES.manifest, FILES.signature, ...manifest.files.map(({ path }) => path)]);
    for (const path of this.#files.paths) if (!listed.has(path)) this.#say(`${path} is not in the manifest`);
    const there = new Set(this.#files.paths);
    for (const path of listed) if (!there.has(path)) this.#say(`${path} is missing`);
    if (scopeDigest(manifest.scope) !== manifest.scopeDigest) this.#say('the scope does not hash to its digest');
    this.#manifest = manifest;
  }

  /** The entry in the log that names this very manifest. */
  async #readSignature(): Promise<void> {
    const bytes = await this.#files.read(FILES.manifest);
    const { policy, verify } = this.#options;
    const verdict = verifyBundle(await this.#files.read(FILES.signature), { policy, verify });
    this.#signature = verdict;
    if (verdict.label === 'INVALID') this.#say(`the manifest’s signature: ${verdict.reasons[0]?.message ?? 'INVALID'}`);
    const named = verdict.fields.find(({ path }) => path === MANIFEST_FIELD)?.value;
    const isOurs = verdict.entry?.kind === 'report' && verdict.entry.type === PACKAGED_TYPE;
    if (verdict.label !== 'INVALID' && (!isOurs || named !== toHex(this.#hash(bytes)))) {
      this.#say('the signed entry names another manifest than this one');
      this.#signature = null;
    }
  }

  async #readCompleteness(): Promise<void> {
    const manifest = this.#need();
    const { onProgress } = this.#options;
    const evidence = parseEvidence(fromUtf8(await this.#files.read(FILES.completeness)));
    const check = new CompletenessCheck(evidence, this.#options);
    const isSame =
      evidence.scopeDigest === manifest.scopeDigest &&
      evidence.log === manifest.log &&
      check.checkpoint.size === manifest.size;
    if (!isSame) this.#say('completeness.json is of another scope, log or size than the manifest');
    let lines = 0;
    const digest = await this.#files.lines(FILES.leaves, (leaf) => {
      // A file that goes on past what the checkpoint covers is not read to its end.
      if (lines >= evidence.end)
        throw new RecordError('record.shape', `${FILES.leaves} has more than ${evidence.end} lines`);
      check.add(leaf);
      lines += 1;
      if (lines % 1_000 === 0) onProgress?.(lines, `${manifest.size} entries of the log`);
    });
    if (digest !== manifest.files.find(({ path }) => path === FILES.leaves)?.sha256)
      this.#say(`${FILES.leaves} is not the file that the manifest lists`);
    this.#check = check;
    this.#report = check.report();
    for (const problem of this.#report.problems) this.#say(problem);
    for (const sentence of this.#report.notShown) this.#notShown.add(sentence);
  }

  async #readFiles(): Promise<void> {
    const manifest = this.#need();
    const found = new Map(this.#check?.reading.found.map((leaf) => [leaf.id, leaf]) ?? []);
    const seen = new Set<string>();
    for (const { path, bytes, sha256 } of manifest.files) {
      if (path === FILES.leaves) continue;
      const body = await this.#files.read(path);
      if (body.length !== bytes || toHex(this.#hash(body)) !== sha256)
        this.#say(`${path} is not the file that the manifest lists`);
      if (!path.startsWith(`${DECISIONS}/`)) continue;
      const id = this.#readDecision(path, body, found);
      if (id !== null) seen.add(id);
      if (seen.size % 50 === 0) this.#options.onProgress?.(seen.size, 'decisions in scope');
    }
    const missing = [...found.keys()].filter((id) => !seen.has(id));
    const isNarrowed = !isRecomputable(manifest.scope);
    if (missing.length > 0 && !isNarrowed)
      this.#incomplete = `${missing.length} decisions in scope are in the log and not in the package, first ${missing[0]}`;
    if (this.#incomplete !== null) this.#say(this.#incomplete);
  }

  #readDecision(path: string, body: Uint8Array, found: ReadonlyMap<string, { readonly leaf: string }>): string | null {
    const { policy, verify } = this.#options;
    const verdict = verifyBundle(body, { policy, verify });
    const { entry, label, fields, rows, checkpoint } = verdict;
    if (entry === null || label === 'INVALID') {
      this.#say(`${path}: ${verdict.reasons[0]?.message ?? 'INVALID'}`);
      return entry?.id ?? null;
    }
    const of = (status: string): number => fields.filter((field) => field.status === status).length;
    this.#decisions.push({
      id: entry.id,
      label,
      disclosed: of('DISCLOSED'),
      withheld: of('WITHHELD'),
      erased: of('ERASED'),
      rows: rows.length,
    });
    const { leaf } = (parseStrict(fromUtf8(body)) as { entry: { leaf: string } }).entry;
    const inLog = found.get(entry.id);
    if (inLog === undefined) this.#say(`${path}: ${entry.id} does not fit the scope`);
    else if (inLog.leaf !== leaf) this.#say(`${path}: the log has another leaf for ${entry.id}`);
    if (checkpoint?.size !== this.#manifest?.size) this.#say(`${path} is under another checkpoint than the package`);
    return entry.id;
  }

  async #readCustody(): Promise<void> {
    const { inquiry, custody } = this.#need();
    const chain = parseStrict(fromUtf8(await this.#files.read(FILES.custody))) as unknown as ChainedEvent[];
    if (!Array.isArray(chain)) throw new RecordError('record.shape', 'custody.json is not a list');
    this.#custody = chain.length;
    for (const problem of chainProblems(chain, inquiry)) this.#say(problem);
    if ((chain.at(-1)?.digest ?? null) !== custody) this.#say('custody.json does not end where the manifest says');
  }

  /** With every leaf at hand the root of any earlier size can be recomputed: no proof has to be carried for it. */
  async #compareKept(): Promise<void> {
    const { kept, policy, verify } = this.#options;
    if (kept === undefined || this.#check === null) return;
    const keys = policy.logs.map(({ key }) => key);
    const own = openCheckpoint(kept, keys, verify).checkpoint;
    const root = own.origin === this.#check.checkpoint.origin ? this.#check.rootAt(own.size) : null;
    this.#kept = root === null ? 'not comparable' : 'consistent';
    if (root === null)
      this.#notShown.add('The checkpoint you kept could not be compared: it is newer, or of another log.');
    else if (!equalBytes(root, own.root))
      throw new RecordError(
        'bundle.fork',
        `at size ${own.size} you hold another root: two signed histories of one log`,
      );
  }

  #need(): Manifest {
    if (this.#manifest === null) throw new Error('read the manifest first');
    return this.#manifest;
  }

  #judge(): PackageVerdict {
    const [manifest, report, signature] = [this.#manifest, this.#report, this.#signature];
    const isIntact = this.#problems.length === 0;
    const isSigned = isIntact && signature !== null && signature.label !== 'INVALID';
    const labels = new Set(this.#decisions.map(({ label }) => label));
    const witnesses = signature?.witnesses ?? { have: 0, need: 0 };
    for (const sentence of signature?.notChecked ?? [])
      if (/witness|operator/.test(sentence)) this.#notShown.add(sentence);
    return {
      integrity: isIntact
        ? {
            verdict: 'HOLDS',
            detail: `${manifest?.files.length ?? 0} files, ${report?.leaves ?? 0} log entries and every disclosed value are as they were signed`,
          }
        : { verdict: 'BROKEN', detail: this.#problems[0] ?? '' },
      authenticity: isSigned
        ? { verdict: 'SIGNED', detail: 'by record keys that the root key of your policy vouches for' }
        : { verdict: 'NOT SHOWN', detail: 'the manifest’s signature does not hold under your policy' },
      independence: this.#independence(
        isSigned,
        labels.has('WITNESSED') || signature?.label === 'WITNESSED',
        witnesses,
      ),
      completeness: this.#completeness(),
      inquiry: manifest?.inquiry ?? null,
      version: manifest?.version ?? null,
      decisions: this.#decisions,
      report,
      custody: this.#custody,
      problems: this.#problems,
      notShown: [...this.#notShown],
    };
  }

  #independence(
    isSigned: boolean,
    isWitnessed: boolean,
    { have, need }: BundleVerdict['witnesses'],
  ): PackageVerdict['independence'] {
    if (!isSigned) return { verdict: 'NOT SHOWN', detail: 'nothing to attest' };
    if (isWitnessed)
      return { verdict: 'WITNESSED', detail: `${have} witnesses of your policy cosigned, ${need} required` };
    if (this.#kept === 'consistent')
      return { verdict: 'LOGGED', detail: 'the log has only grown since the checkpoint you kept' };
    return { verdict: 'SELF-ATTESTED', detail: 'the operator’s key alone signed the checkpoint' };
  }

  #completeness(): PackageVerdict['completeness'] {
    const report = this.#report;
    if (report === null || report.problems.length > 0)
      return { verdict: 'NOT SHOWN', detail: report?.problems[0] ?? 'the leaves could not be read' };
    if (this.#incomplete !== null) return { verdict: 'INCOMPLETE', detail: this.#incomplete };
    const n = report.inScope.length;
    if (!isRecomputable(this.#need().scope))
      return {
        verdict: 'BY THE OPERATOR’S WORD',
        detail: `${this.#decisions.length} decisions; ${n} could fit, their sessions are sealed`,
      };
    return {
      verdict: 'ALL IN THE LOG',
      detail: `each of ${report.leaves} entries was looked at; ${n} fit the scope and are in the package`,
    };
  }
}
