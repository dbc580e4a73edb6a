import type { DecidingVersion, PromotionRecords, PromotionWord } from './types.js';

/**
 * promoted: two people let it decide before it did, by a gate that passed. late: the same, after it had begun. bypass: on record by one
 * person, or not at all. blessed: named as baseline and nothing else. waiting: promoted, and has decided nothing yet.
 */
export type DeploymentStatus = 'promoted' | 'waiting' | 'late' | 'blessed' | 'bypass';

/** One change of what decides: a row of the population that an auditor draws from (SOC 2, CC8.1). */
export interface Deployment {
  readonly version: string;
  readonly status: DeploymentStatus;
  /** null where nobody said so. */
  readonly change: string | null;
  readonly requestedBy: PromotionWord | null;
  readonly approvedBy: PromotionWord | null;
  readonly gate: string | null;
  readonly suite: string | null;
  readonly verdict: string | null;
  readonly waivers: readonly string[];
  readonly firstDecisionAt: string | null;
  readonly lastDecisionAt: string | null;
  readonly decisions: number;
  /** Entry that lets it decide, or that says it was let by. */
  readonly entry: string | null;
  /** For people: what is to be looked at. */
  readonly note: string | null;
}

/** Every version that decided anything, and every one that was promoted. Oldest first. */
export function deploymentHistory(versions: readonly DecidingVersion[], records: PromotionRecords): Deployment[] {
  const deciding = new Map(versions.map((own) => [own.version, own]));
  const made = records.promotions.filter(({ approval }) => approval !== null).map(({ version }) => version);
  const waiting = [...new Set(made)].filter((version) => !deciding.has(version));
  return [
    ...versions.map((own) => deploymentOf(own.version, own, records)),
    ...waiting.map((version) => deploymentOf(version, null, records)),
  ];
}

/** By the earlier of what the producer claims and when the platform had it: neither a late delivery nor a claim hides a bypass. */
const beganAt = ({ firstAt, firstAcceptedAt }: DecidingVersion): string =>
  new Date(Math.min(firstAt.getTime(), firstAcceptedAt.getTime())).toISOString();

function deploymentOf(version: string, deciding: DecidingVersion | null, records: PromotionRecords): Deployment {
  const promotion = records.promotions.find((own) => own.version === version && own.approval !== null) ?? null;
  const bypass = records.bypasses.find((own) => own.version === version) ?? null;
  const blessing = records.blessings.find((own) => own.version === version) ?? null;
  const began = deciding === null ? null : beganAt(deciding);
  const when = {
    version,
    firstDecisionAt: began,
    lastDecisionAt: deciding?.lastAt.toISOString() ?? null,
    decisions: deciding?.decisions ?? 0,
  };
  if (promotion?.approval != null) {
    const { change, request, approval, gate, suite, verdict, waivers } = promotion;
    const isLate = began !== null && began < approval.at;
    return {
      ...when,
      status: began === null ? 'waiting' : isLate ? 'late' : 'promoted',
      change,
      requestedBy: request,
      approvedBy: approval,
      gate,
      suite,
      verdict,
      waivers,
      entry: approval.entry,
      note: isLate ? `decided from ${began} on, promoted at ${approval.at}` : null,
    };
  }
  const none = { gate: null, suite: null, verdict: null, waivers: [], approvedBy: null };
  if (bypass !== null) {
    const { change, word } = bypass;
    const note = `bypass on record: ${word.reason}`;
    return { ...when, ...none, status: 'bypass', change, requestedBy: word, entry: word.entry, note };
  }
  if (blessing !== null) {
    const { word, gate } = blessing;
    const note = `named as baseline on ${word.at}, never promoted`;
    return { ...when, ...none, gate, status: 'blessed', change: null, requestedBy: word, entry: word.entry, note };
  }
  return {
    ...when,
    ...none,
    status: 'bypass',
    change: null,
    requestedBy: null,
    entry: null,
    note: 'nobody put it on record',
  };
}
