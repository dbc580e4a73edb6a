import { readDisclosure, verifyBundle, type Ed25519Verify, type Json, type Policy } from '@tenet-ledger/record';
import { AppError } from '../../src/errors/index.js';
import { DECISIONS, withheldOf, type InquiryCase, type Withheld } from '../../src/inquiry/index.js';
import { createAccessLog, type BundleRequest, type StoredEntry } from '../../src/ledger/index.js';
import type { ActivityDeps } from '../deps.js';
import type { CollectedIds } from './items.js';
import type { PackageFolder } from './packageFolder.js';
import { hashesOf, loadRuns, placeOf, rowsOf } from './replayResults.js';

/** Exports wait for the database most of the time: a few at once keep it busy. */
const AT_ONCE = 6;
const LINEAGE = '/provenance/lineage';
const PURPOSE = 'inquiry';

export interface BundledDecision {
  readonly id: string;
  readonly path: string;
  readonly agent: string;
  readonly type: string;
  readonly occurredAt: string;
  readonly index: number | null;
  readonly label: string;
  readonly disclosed: number;
  readonly withheld: readonly Withheld[];
  readonly erased: boolean;
  readonly lineage: Lineage;
  readonly rows: readonly Json[];
}

/** As the orchestrator named it, or why there is none here. */
export type Lineage = { readonly lineage: Json } | { readonly absent: 'withheld' | 'erased' | 'not recorded' };

export interface BundleDeps {
  readonly policy: Policy;
  readonly verify: Ed25519Verify;
  readonly by: string;
  readonly at: string;
}

/**
 * One evidence bundle a decision, each verified as a reader will verify it. Withheld fields are left out of the disclosures and nothing
 * else changes. That the values were opened, by whom and for what, is in the ledger before the first is written.
 */
export async function writeBundles(
  deps: ActivityDeps,
  folder: PackageFolder,
  inquiry: InquiryCase,
  collected: CollectedIds,
  how: BundleDeps,
): Promise<BundledDecision[]> {
  const plan = await Plan.make(deps, inquiry, collected);
  await recordAccess(deps, inquiry, plan, how);
  const done = new Array<BundledDecision>(collected.decisions.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < collected.decisions.length; at = next++) {
      const id = collected.decisions[at] as string;
      const request = await plan.request(id);
      const text = await deps.platform.ledger.exportBundle(request);
      const path = `${DECISIONS}/${String(at + 1).padStart(6, '0')}.json`;
      await folder.write(path, text);
      done[at] = describe(plan, id, path, text, how);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return done;
}

class Plan {
  readonly withheld = new Map<string, readonly Withheld[]>();
  readonly #deps: ActivityDeps;
  readonly #inquiry: InquiryCase;
  readonly #linked = new Map<string, string[]>();
  readonly entries = new Map<string, StoredEntry>();
  #rows: Awaited<ReturnType<typeof loadRows>> = null;

  private constructor(deps: ActivityDeps, inquiry: InquiryCase) {
    this.#deps = deps;
    this.#inquiry = inquiry;
  }

  static async make(deps: ActivityDeps, inquiry: InquiryCase, collected: CollectedIds): Promise<Plan> {
    const plan = new Plan(deps, inquiry);
    for (const { id, decision } of collected.linked) {
      const own = plan.#linked.get(decision) ?? [];
      own.push(id);
      plan.#linked.set(decision, own);
    }
    const ids = [...collected.decisions, ...new Set(collected.linked.map(({ id }) => id))];
    for (const entry of await deps.platform.ledger.readEntries(ids)) plan.entries.set(entry.id, entry);
    const redactions = inquiry.review?.redactions ?? [];
    for (const [id, { entry }] of plan.entries) {
      const withheld = withheldOf(redactions, id, Object.keys(entry.fields));
      if (withheld.length > 0) plan.withheld.set(id, withheld);
    }
    plan.#rows = await loadRows(deps, inquiry);
    return plan;
  }

  async request(id: string): Promise<BundleRequest> {
    const linked = this.#linked.get(id) ?? [];
    const { collection } = this.#inquiry;
    const results = this.#rows === null ? [] : await rowsOf(this.#deps, this.#rows.runs, this.#rows.places, id);
    const withRows = this.#rows !== null && results.length > 0 && collection?.resultsEntry != null;
    const manifests = withRows ? (this.#rows?.runs.flatMap(({ entryId }) => entryId ?? []) ?? []) : [];
    return {
      entryId: id,
      disclose: this.shown(id),
      discloseRelated: new Map(linked.map((one) => [one, this.shown(one)])),
      related: [...linked, ...(withRows ? [collection.resultsEntry, ...manifests] : [])],
      ...(collection === null ? {} : { size: collection.size }),
      ...(withRows
        ? { rows: { verdictId: collection.resultsEntry, hashes: this.#rows?.hashes ?? [], carried: results } }
        : {}),
    };
  }

  shown(id: string): string[] {
    const hidden = new Set(this.withheld.get(id)?.map(({ field }) => field));
    return Object.keys(this.entries.get(id)?.entry.fields ?? {}).filter((path) => !hidden.has(path));
  }
}

async function loadRows(deps: ActivityDeps, { collection }: InquiryCase) {
  const runs = await loadRuns(deps, collection?.runs.map(({ run }) => run).filter((run) => run !== '') ?? []);
  if (runs.length === 0 || collection?.resultsEntry == null) return null;
  const hashed = await hashesOf(deps, runs);
  return {
    runs,
    hashes: hashed.map(({ hash }) => hash),
    places: new Map(hashed.map((row, index) => [placeOf(row), index])),
  };
}

async function recordAccess(deps: ActivityDeps, inquiry: InquiryCase, plan: Plan, { by }: BundleDeps): Promise<void> {
  const log = createAccessLog(deps.platform.ledger, () => deps.now().getTime());
  const opened = [...plan.entries.keys()].map((id) => ({ id, fields: plan.shown(id) }));
  await log.record({ by: { person: by, inquiry: inquiry.id }, purpose: PURPOSE, opened });
}

function describe(plan: Plan, id: string, path: string, text: string, { policy, verify }: BundleDeps): BundledDecision {
  const verdict = verifyBundle(text, { policy, verify });
  if (verdict.label === 'INVALID' || verdict.entry === null) {
    throw new AppError(
      'inquiry.mismatch',
      `the bundle of ${id} does not verify: ${verdict.reasons[0]?.message ?? ''}`,
      {
        field: id,
        fix: 'run `tenet ledger fsck`',
      },
    );
  }
  const { agent, type, occurredAt, index } = verdict.entry;
  const withheld = plan.withheld.get(id) ?? [];
  const isErased =
    verdict.fields.every(({ status }) => status !== 'DISCLOSED') && withheld.length < verdict.fields.length;
  return {
    id,
    path,
    agent,
    type,
    occurredAt,
    index,
    label: verdict.label,
    disclosed: verdict.fields.filter(({ status }) => status === 'DISCLOSED').length,
    withheld,
    erased: isErased,
    lineage: lineageOf(text, withheld, isErased),
    rows: verdict.rows.map(({ row }) => row),
  };
}

/** The orchestrator's own words, as the producer recorded them: run, asset, partition, upstream. */
function lineageOf(text: string, withheld: readonly Withheld[], erased: boolean): Lineage {
  const { entry } = JSON.parse(text) as { entry: { disclosures: readonly string[] } };
  const found = entry.disclosures.map((one) => readDisclosure(one)).find(({ path }) => path === LINEAGE);
  if (found !== undefined) return { lineage: found.value };
  if (withheld.some(({ field }) => field === LINEAGE)) return { absent: 'withheld' };
  return { absent: erased ? 'erased' : 'not recorded' };
}
