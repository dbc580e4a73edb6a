import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { parsePolicy, portableVerify, sha256 } from '@tenet-ledger/record';
import {
  APPROVAL_RULE,
  askStep,
  EMPTY_QUERY,
  folderFiles,
  openCase,
  verifyPackage,
  type InquiryCase,
  type StepKind,
  type VerifyPackageOptions,
} from '../src/inquiry/index.js';
import { nodeSha256, verifySync } from '../src/ledger/index.js';
import { giveApproval, personRef, type Person } from '../src/people/index.js';
import { takeStep, type Stack } from '../src/runtime/index.js';
import { logged, record } from './postRecords.js';
import { enrolled, Producer } from './producer.js';
import { cpuOf, cpuUsed, type Figure } from './report.js';

const RECORDS = 100_000;
const IN_SCOPE = 1_000;
const BATCH = 500;
const PRODUCERS = 2;
const LONGEST_SECONDS = 60;

/**
 * A package of 1,000 decisions out of a log of 100,000: every entry read, hashed and its signature checked, 1,000 bundles made and verified, all
 * written and synced, signed and renamed; by the platform's worker, over Temporal.
 */
export async function benchInquiry(stack: Stack): Promise<Figure> {
  const identity = await enrolled(stack, 'bench-inquiry');
  const producers = Array.from({ length: PRODUCERS }, () => new Producer(identity));
  const each = RECORDS / PRODUCERS;
  await logged(
    stack,
    await Promise.all(
      producers.map((producer) => record(stack, identity.apiKey, producer, { count: each, batch: BATCH })),
    ),
  );
  const office = new Office(stack);
  const { id } = await office.open();
  const decisions = await idsOf(stack, IN_SCOPE);
  await office.step(id, 'scope', { query: { ...EMPTY_QUERY, decisions }, reason: null });
  await office.step(id, 'collect', { replays: [] });
  const redactions = [{ path: '/context/inputs', ground: 'third-party', reason: 'bench', entry: null }];
  await office.step(id, 'review', { redactions, note: null });
  await office.approve(id, 'ben');
  await office.approve(id, 'cyd');

  const pids = { 'platform worker': stack.services.pids['platform worker'] ?? process.pid };
  const before = cpuOf(pids);
  const began = performance.now();
  const done = await office.step(id, 'package', {});
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOf(pids);
  const made = done.productions[0];
  if (made === undefined) throw new Error('nothing was produced');
  const verified = await verifyTime(stack, made.folder, { verify: verifySync, everySignature: true, hash: nodeSha256 });
  const portable = await verifyTime(stack, made.folder, {
    verify: portableVerify,
    everySignature: false,
    hash: sha256,
  });
  return {
    name: 'inquiry package, 1,000 decisions in scope',
    value: RECORDS / seconds,
    unit: 'log entries/s',
    target: RECORDS / LONGEST_SECONDS,
    limit: { name: 'Ed25519 verification of such entries by node:crypto, one thread', value: verifyRate() },
    notes: [
      `${seconds.toFixed(1)} s for a log of ${done.collection?.size} entries (target ${LONGEST_SECONDS} s); ${made.files} files, ${(made.bytes / 1e6).toFixed(0)} MB`,
      `verified offline, every signature, in ${verified.toFixed(1)} s; as the page does it (JavaScript alone, signatures in scope) in ${portable.toFixed(1)} s`,
      ...cpuUsed(before, after, { seconds, pieces: RECORDS, unit: 'log entry' }),
    ],
  };
}

/** Every hundredth decision, so that they lie all over the tree. */
async function idsOf({ stores, platform }: Stack, count: number): Promise<string[]> {
  const size = (await platform.ledger.latestCheckpoint())?.size ?? 0;
  const all = await stores.scopes.decisions({ ...EMPTY_QUERY, agent: 'bench' }, size);
  const every = Math.floor(all.length / count);
  return all
    .filter((_, at) => at % every === 0)
    .slice(0, count)
    .map(({ id }) => id);
}

type How = Pick<VerifyPackageOptions, 'verify' | 'everySignature' | 'hash'>;

async function verifyTime({ platform }: Stack, folder: string, how: How): Promise<number> {
  const began = performance.now();
  const verdict = await verifyPackage(await folderFiles(folder), {
    policy: parsePolicy(platform.policy()),
    ...how,
  });
  const seconds = (performance.now() - began) / 1000;
  if (verdict.problems.length > 0) throw new Error(`the package does not verify: ${verdict.problems[0]}`);
  return seconds;
}

const person = (subject: string): Person => ({
  issuer: 'https://bench.example',
  subject,
  name: subject,
  email: null,
  role: 'officer',
});

class Office {
  readonly #stack: Stack;

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  open(): Promise<InquiryCase> {
    const { platform, stores } = this.#stack;
    const deps = { tenant: platform.tenant, ledger: platform.ledger, inquiries: stores.inquiries };
    const request = {
      regime: 'gdpr-12-3',
      authority: 'Bench Authority',
      contact: null,
      reference: null,
      legalBasis: null,
      channel: 'letter',
      authenticated: null,
      receivedOn: new Date().toISOString().slice(0, 10),
      statedOn: null,
      timeZone: 'UTC',
      questions: ['Which decisions were made, and why?'],
    };
    return openCase(deps, request, personRef(person('ada')), new Date());
  }

  async step(id: string, kind: StepKind, body: unknown, by = 'ada'): Promise<InquiryCase> {
    const { stores, temporal, platform } = this.#stack;
    const { rev } = await this.#case(id);
    const asked = { inquiry: id, kind, by: personRef(person(by)), body, rev };
    await takeStep(temporal, platform.tenant, await askStep(stores.inquiries, asked));
    return this.#case(id);
  }

  async approve(id: string, by: string): Promise<void> {
    const { stores, platform } = this.#stack;
    const { review } = await this.#case(id);
    const said = { person: person(by), about: id, digest: review?.digest ?? '', requestedBy: review?.by ?? '' };
    const given = await giveApproval(
      { approvals: stores.approvals, ledger: platform.ledger },
      { ...said, now: new Date(), decision: 'approve', reason: 'bench', rule: APPROVAL_RULE },
    );
    await this.step(id, 'approve', { approval: given.id }, by);
  }

  async #case(id: string): Promise<InquiryCase> {
    const found = await this.#stack.stores.inquiries.get(id);
    if (found === null) throw new Error(`no case ${id}`);
    return found;
  }
}

function verifyRate(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const message = Buffer.alloc(1_600, 7);
  const signature = sign(null, message, privateKey);
  const rounds = 5_000;
  const began = performance.now();
  for (let i = 0; i < rounds; i += 1) verify(null, message, publicKey, signature);
  return rounds / ((performance.now() - began) / 1000);
}
