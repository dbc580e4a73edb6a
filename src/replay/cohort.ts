import { canonicalize, sha256, toBase64Url, toHex, utf8 } from '@tenet-ledger/record';
import { AppError } from '../errors/index.js';
import { allocate } from './allocate.js';
import { contentId } from './ids.js';
import { compareText } from './order.js';
import type { CohortManifest } from './types.js';

/** Stratum of members that were not drawn but are re-run because a policy pins them. They enter no rate. */
export const PINNED_STRATUM = '@pinned';

export interface PopulationMember {
  readonly decision: string;
  readonly stratum: string;
}

export interface CohortRequest {
  readonly population: readonly PopulationMember[];
  /** How many to draw; the whole population when it has no more. */
  readonly size: number;
  readonly seed: number;
  /** name@version whose recorded decisions these are. */
  readonly baseline: string;
  readonly type: string;
  readonly session: string | null;
  /** Decisions to re-run in any case; each must be in the population. */
  readonly pinned?: readonly string[];
}

export interface Cohort {
  readonly manifest: CohortManifest;
  /** In frozen order: the ordinal of a member is its index + 1. */
  readonly members: readonly PopulationMember[];
}

/**
 * Draws and freezes a cohort. Each decision has a draw key SHA-256(JCS(["tenet-cohort-v1", seed, decision])); a stratum
 * gives its members with the lowest keys, and the cohort is ordered by key. So the result depends on the set and the seed alone, never on
 * the order in which a database returned the rows; any prefix of the frozen order is itself a random draw; and another
 * language can recompute it. Pinned members that were not drawn follow at the end, under {@link PINNED_STRATUM}.
 */
export function sampleCohort(request: CohortRequest): Cohort {
  const { population, size, seed } = request;
  assertRequest(request);
  const ids = new Set(population.map(({ decision }) => decision));
  if (ids.size !== population.length) {
    throw new AppError('input.invalid', 'a decision is in the population twice', {
      field: '/population',
      expected: 'each decision once',
      got: `${population.length} rows, ${ids.size} decisions`,
    });
  }
  const keyed = population
    .map((member) => ({ ...member, key: drawKey(seed, member.decision) }))
    .sort((a, b) => compareText(a.key, b.key));
  const strata = allocate(countStrata(population), Math.min(size, population.length));
  const left = new Map(strata.map(({ stratum, drawn }) => [stratum, drawn]));
  const drawn = keyed.filter(({ stratum }) => {
    const open = left.get(stratum) ?? 0;
    left.set(stratum, open - 1);
    return open > 0;
  });
  const extra = pinnedExtras(request, ids, new Set(drawn.map(({ decision }) => decision)));
  const members = [
    ...drawn.map(({ decision, stratum }) => ({ decision, stratum })),
    ...extra.map((decision) => ({ decision, stratum: PINNED_STRATUM })),
  ];
  const pinnedRow =
    extra.length === 0 ? [] : [{ stratum: PINNED_STRATUM, population: extra.length, drawn: extra.length }];
  const content = {
    hash: cohortHash(members.map(({ decision }) => decision)),
    size: members.length,
    population: population.length,
    seed,
    baseline: request.baseline,
    type: request.type,
    session: request.session,
    strata: [...strata, ...pinnedRow],
  };
  return { manifest: { id: contentId('coh_', content), ...content }, members };
}

/** base64url SHA-256(JCS(sorted decision ids)): names the set, whatever its order. */
export function cohortHash(decisions: readonly string[]): string {
  return toBase64Url(sha256(utf8(canonicalize([...decisions].sort(compareText)))));
}

/** Members that were drawn: the n of every rate. */
export function sampledSize(manifest: Pick<CohortManifest, 'size' | 'strata'>): number {
  const pinned = manifest.strata.find(({ stratum }) => stratum === PINNED_STRATUM);
  return manifest.size - (pinned?.drawn ?? 0);
}

function drawKey(seed: number, decision: string): string {
  return toHex(sha256(utf8(canonicalize(['tenet-cohort-v1', seed, decision]))));
}

function countStrata(population: readonly PopulationMember[]): { stratum: string; population: number }[] {
  const counts = new Map<string, number>();
  for (const { stratum } of population) counts.set(stratum, (counts.get(stratum) ?? 0) + 1);
  return [...counts].map(([stratum, count]) => ({ stratum, population: count }));
}

function pinnedExtras(request: CohortRequest, known: ReadonlySet<string>, drawn: ReadonlySet<string>): string[] {
  const pinned = [...new Set(request.pinned ?? [])];
  const unknown = pinned.find((decision) => !known.has(decision));
  if (unknown !== undefined) {
    throw new AppError('input.invalid', 'a pinned decision is not among the recorded ones', {
      field: `/pinned/${(request.pinned ?? []).indexOf(unknown)}`,
      expected: `a recorded ${request.type} decision of ${request.baseline}`,
      got: unknown,
      fix: 'remove it from `pinned`, or run the gate on the session that holds it: tenet decision list',
    });
  }
  return pinned.filter((decision) => !drawn.has(decision)).sort(compareText);
}

function assertRequest({ population, size, seed, baseline, type }: CohortRequest): void {
  if (population.length === 0) {
    throw new AppError('cohort.empty', `no recorded ${type} decision of ${baseline} to draw from`, {
      field: '/population',
      expected: 'at least one recorded decision',
      got: '0',
      fix: 'record decisions first, or widen agent, type and session: tenet decision list',
    });
  }
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new AppError('input.invalid', 'the cohort size is not a count', {
      field: '/size',
      expected: 'a whole number from 1',
      got: String(size),
    });
  }
  if (!Number.isSafeInteger(seed)) {
    throw new AppError('input.invalid', 'the cohort seed is not a whole number', {
      field: '/seed',
      expected: 'a whole number',
      got: String(seed),
    });
  }
  if (population.some(({ stratum }) => stratum === PINNED_STRATUM)) {
    throw new AppError('input.invalid', `the stratum name ${PINNED_STRATUM} is taken`, { field: '/population' });
  }
}
