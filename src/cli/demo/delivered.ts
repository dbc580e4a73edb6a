import type { GhostProblem, GhostStats } from '@tenet-ledger/ghost';
import { count, plural } from '../render/numbers.js';

export interface Delivery {
  readonly stats: Pick<GhostStats, 'refused' | 'dropped'>;
  /** Neither acknowledged nor refused when the wait ended. */
  readonly pending: number;
  readonly problems: readonly GhostProblem[];
}

/**
 * What became of the records. A record that was refused, dropped or never acknowledged is lost; a post that had to be
 * repeated and then arrived is not, and is only told.
 */
export function judgeDelivery({ stats, pending, problems }: Delivery): {
  readonly lost: string | null;
  readonly note: string | null;
} {
  const lost = stats.refused + stats.dropped + pending;
  const about = problems.find(({ id }) => id !== undefined) ?? problems.at(-1);
  const why = about === undefined ? '' : `: ${about.code}: ${about.message}`;
  if (lost > 0) {
    const parts = `${count(stats.refused)} refused, ${count(stats.dropped)} dropped, ${count(pending)} not acknowledged`;
    return { lost: `${plural(lost, 'record')} did not arrive (${parts})${why}`, note: null };
  }
  if (problems.length === 0) return { lost: null, note: null };
  return { lost: null, note: `delivered after ${plural(problems.length, 'problem')} on the way${why}` };
}
