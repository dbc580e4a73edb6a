import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { canonicalize, parsePolicy, type Json } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import {
  APPROVAL_RULE,
  CompletenessCheck,
  csv,
  FILES,
  isRecomputable,
  MANIFEST_FIELD,
  PACKAGED_TYPE,
  productionNumber,
  reviewDigest,
  scopeDigest,
  type InquiryCase,
  type Manifest,
  type Production,
} from '../../src/inquiry/index.js';
import { coverDocument } from '../../src/inquiry/cover/coverDocument.js';
import { renderPdf } from '../../src/inquiry/cover/pdf.js';
import { nodeSha256, verifySync, type NewEntry } from '../../src/ledger/index.js';
import { isApproved } from '../../src/people/index.js';
import type { ActivityDeps } from '../deps.js';
import { writeBundles, type BundledDecision } from './bundles.js';
import { act, OPERATOR, type StepContext, type StepWork } from './context.js';
import { coverFacts } from './coverFacts.js';
import { checkedLeaves, makeEvidence } from './evidence.js';
import { collectionDigest } from './collect.js';
import { collectedIds, type CollectedIds } from './items.js';
import { PackageFolder } from './packageFolder.js';

const LOG_TIMEOUT_MS = 60_000;

/**
 * Makes the production: everything into a folder beside its place, the manifest's hash into the log, the signature beside it,
 * then one rename. The same case makes the same bytes, so a try that was cut off anywhere is simply made again.
 */
export async function packageUp(context: StepContext): Promise<StepWork> {
  const { deps, before, step } = context;
  await assertStillApproved(deps, before);
  const target = join(deps.productionsDir, `${before.id}-v${before.version}`);
  const folder = await PackageFolder.begin(target);
  try {
    const made = await fill(context, folder);
    await folder.finish();
    const production: Production = {
      ...act(context),
      version: before.version,
      manifest: made.manifest,
      folder: target,
      files: folder.files.length + 2,
      bytes: made.bytes,
      approvals: before.approvals,
    };
    const others = before.productions.filter(({ version }) => version !== before.version);
    return {
      outcome: 'done',
      type: 'inquiry.produced',
      patch: { productions: [...others, production] },
      fields: { '/package/manifest': made.manifest, '/package/files': production.files, '/package/bytes': made.bytes },
      links: [{ rel: 'manifest', id: packagedId(before, made.manifest) }],
      custody: {
        action: 'packaged',
        item: made.manifest,
        from: OPERATOR,
        to: OPERATOR,
        purpose: `production ${before.version}`,
      },
      result: { version: before.version, manifest: made.manifest, folder: target, step: step.id },
    };
  } catch (error) {
    await folder.abandon();
    throw error;
  }
}

/** An approval may have expired between the two persons and now. */
async function assertStillApproved({ stores, now }: ActivityDeps, { id, review }: InquiryCase): Promise<void> {
  const all = await stores.approvals.list(id);
  if (review !== null && isApproved(all, APPROVAL_RULE, review.digest, now())) return;
  throw new AppError('inquiry.state', `the approvals of ${id} no longer stand`, {
    field: 'approvals',
    expected: `${APPROVAL_RULE.need} different people with role ${APPROVAL_RULE.role}, none of them expired`,
    fix: `have them run: tenet inquiry approve ${id}`,
  });
}

async function fill(context: StepContext, folder: PackageFolder): Promise<{ manifest: string; bytes: number }> {
  const { deps, before, at, step } = context;
  const { scope, collection } = before;
  if (scope === null || collection === null) throw new Error('approved, and not collected');
  const policy = parsePolicy(deps.platform.policy());
  const collected = await collectedIds(deps, before);
  assertAsApproved(before, collected);
  const evidence = await makeEvidence(deps, { scope, size: collection.size, policy, verify: verifySync });
  const check = new CompletenessCheck(evidence, { policy, verify: verifySync, everySignature: true, hash: nodeSha256 });
  await folder.writeLines(FILES.leaves, checkedLeaves(deps, check, collection.size));
  const report = check.report();
  assertAgreed(
    before,
    collected,
    report.inScope.map(({ id }) => id),
    report.problems,
  );
  await folder.write(FILES.completeness, canonicalize(evidence));
  const how = { policy, verify: verifySync, by: step.by, at };
  const decisions = await writeBundles(deps, folder, before, collected, how);
  const chain = await deps.stores.inquiries.custody(before.id);
  await folder.write(FILES.custody, canonicalize(chain));
  await writeTables(folder, before, decisions);
  const custody = chain.map(({ event }) => event);
  const facts = await coverFacts(deps, { inquiry: before, collected, report, decisions, custody, at });
  const json = canonicalize(facts);
  const pdf = await renderPdf(coverDocument(facts), {
    fonts: await loadFonts(),
    at: new Date(at),
    author: `operator of log ${deps.platform.log}`,
    attachment: { name: 'cover.json', json },
  });
  await folder.write(FILES.cover, pdf);
  await folder.write(FILES.verifier, await readFile(deps.verifierFile));
  return sign(context, folder, chain.at(-1)?.digest ?? null);
}

/** What is packaged is what the two saw: their approvals are sealed, these rows are not. */
function assertAsApproved({ id, version, scope, collection, review }: InquiryCase, collected: CollectedIds): void {
  if (scope === null || collection === null || review === null) throw new Error('approved, and not reviewed');
  const digest = reviewDigest({
    inquiry: id,
    version,
    scope: scopeDigest(scope.query),
    collection: collectionDigest(scope.digest, collection.size, collected),
    redactions: review.redactions,
  });
  if (digest === review.digest) return;
  throw new AppError('inquiry.mismatch', `${id}: scope, collection or rulings are not those that were approved`, {
    field: 'review',
    expected: review.digest,
    got: digest,
    fix: 'somebody changed the stored case: review and approve it again, and find out who',
  });
}

/** The look-up table and the leaves must say the same: otherwise somebody changed one of them. */
function assertAgreed(
  { id, scope }: InquiryCase,
  { decisions }: CollectedIds,
  inLog: readonly string[],
  problems: readonly string[],
): void {
  const [first] = problems;
  const there = new Set(inLog);
  const absent = decisions.find((one) => !there.has(one));
  const isWhole = scope === null || !isRecomputable(scope.query) || inLog.length === decisions.length;
  if (first === undefined && absent === undefined && isWhole) return;
  const why =
    first ??
    (absent === undefined
      ? `${inLog.length} decisions of the log fit, ${decisions.length} were collected`
      : `${absent} is not in the log`);
  throw new AppError('inquiry.mismatch', `${id} cannot be packaged: ${why}`, {
    field: 'collection',
    fix: 'run `tenet ledger fsck`; where that finds nothing, collect again',
  });
}

async function writeTables(
  folder: PackageFolder,
  { id, version }: InquiryCase,
  all: readonly BundledDecision[],
): Promise<void> {
  const number = (at: number): string => productionNumber(id, version, at + 1);
  const index = all.map((one, at) => [
    number(at),
    one.id,
    one.path,
    one.index,
    one.agent,
    one.type,
    one.occurredAt,
    one.disclosed,
    one.withheld.length,
    one.erased ? 'erased' : '',
  ]);
  const head = [
    'number',
    'decision',
    'file',
    'index',
    'agent',
    'type',
    'claimed_time',
    'disclosed',
    'withheld',
    'erased',
  ];
  await folder.write(FILES.index, csv([head, ...index]));
  const withheld = all.flatMap((one, at) =>
    one.withheld.map(({ field, ground, reason }) => [number(at), one.id, field, ground, reason]),
  );
  await folder.write(FILES.withheld, csv([['number', 'decision', 'field', 'ground', 'reason'], ...withheld]));
  const lineage = all.map((one) => ({ decision: one.id, ...one.lineage }));
  await folder.write(FILES.lineage, canonicalize(lineage));
  const replays = all
    .filter(({ rows }) => rows.length > 0)
    .map((one) => ({ decision: one.id, rows: one.rows.map(brief) }));
  await folder.write(FILES.replays, canonicalize(replays));
}

/** The rows themselves are in the bundles, under a signed root. */
function brief(row: Json): Json {
  const { run, repeat, status, outcome } = row as { readonly [member: string]: Json };
  return { run: run ?? null, repeat: repeat ?? null, status: status ?? null, outcome: outcome ?? null };
}

async function sign(
  { deps, before, at, step }: StepContext,
  folder: PackageFolder,
  custody: string | null,
): Promise<{ manifest: string; bytes: number }> {
  const { scope, collection, review } = before;
  if (scope === null || collection === null || review === null) throw new Error('approved, and not reviewed');
  const manifest: Manifest = {
    v: 1,
    inquiry: before.id,
    version: before.version,
    supplements: before.productions.findLast(({ version }) => version < before.version)?.manifest ?? null,
    log: deps.platform.log,
    size: collection.size,
    scope: scope.query,
    scopeDigest: scope.digest,
    review: review.digest,
    approvals: before.approvals.map(({ id, by, at: given }) => ({ entry: id, by, at: given })),
    custody,
    files: [...folder.files].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
  const text = canonicalize(manifest);
  const digest = createHash('sha256').update(text).digest('hex');
  const id = packagedId(before, digest);
  await deps.platform.ledger.append([packagedEntry(id, before, digest, at, step.by)]);
  await deps.platform.ledger.waitLogged([id], { timeoutMs: LOG_TIMEOUT_MS });
  const bundle = await deps.platform.ledger.exportBundle({ entryId: id, consistencyFrom: [collection.size] });
  await folder.write(FILES.manifest, text, false);
  await folder.write(FILES.signature, bundle, false);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, text.length + bundle.length);
  return { manifest: digest, bytes };
}

const packagedId = ({ id }: InquiryCase, manifest: string): string => `${id}.${manifest.slice(0, 32)}`;

function packagedEntry(
  id: string,
  { id: inquiry, version, approvals }: InquiryCase,
  manifest: string,
  at: string,
  by: string,
): NewEntry {
  const fields: readonly (readonly [string, Json])[] = [
    [MANIFEST_FIELD, manifest],
    ['/package/inquiry', inquiry],
    ['/package/version', version],
    ['/package/by', by],
    ['/package/at', at],
  ];
  return {
    kind: 'report',
    type: PACKAGED_TYPE,
    id,
    links: [{ rel: 'inquiry', id: inquiry }, ...approvals.map((one) => ({ rel: 'approval', id: one.id }))],
    fields: fields.map(([path, value]) => ({ path, value })),
    occurredAt: at,
  };
}

async function loadFonts(): Promise<{ regular: Uint8Array; bold: Uint8Array }> {
  const { resolve } = createRequire(import.meta.url);
  const font = (weight: string): Promise<Buffer> =>
    readFile(resolve(`@expo-google-fonts/source-sans-3/${weight}/SourceSans3_${weight}.ttf`));
  const [regular, bold] = await Promise.all([font('400Regular'), font('600SemiBold')]);
  return { regular, bold };
}
