import type { GhostProblem, SamplingRule } from '../config.js';
import type { FieldsDraft } from '../delivery/delivery.js';

export interface SamplingOptions {
  readonly rules: Readonly<Record<string, unknown>> | undefined;
  readonly session: string;
  readonly agent: string;
  readonly problem: (problem: GhostProblem) => void;
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Count {
  readonly rule: SamplingRule;
  seen: number;
  kept: number;
  /** What the last record said. */
  said: number;
}

const SAY_EVERY_MS = 1_000;

/**
 * Which decisions of a sampled type are recorded, and the records of how many were seen and kept. A rule that names no reason is refused:
 * a sampled ledger can't prove that nothing was left out, so whoever reads it has to find why.
 */
export class Sampling {
  readonly #options: SamplingOptions;
  readonly #counts = new Map<string, Count>();
  #saidAt = -Infinity;

  constructor(options: SamplingOptions) {
    this.#options = options;
    for (const [type, rule] of Object.entries(options.rules ?? {})) {
      const fault = faultOf(rule);
      if (fault === undefined) this.#counts.set(type, { rule: rule as SamplingRule, seen: 0, kept: 0, said: 0 });
      else
        options.problem({
          code: 'ghost.sampling_refused',
          field: `sampling.${type}`,
          message: `${fault}, so every ${type} is recorded. A sampled ledger can't prove that nothing was left out: give { rate, reason } for each decision type, and both are recorded`,
        });
    }
  }

  /** Nothing is sampled. */
  get off(): boolean {
    return this.#counts.size === 0;
  }

  keep(type: string): boolean {
    const count = this.#counts.get(type);
    if (count === undefined) return true;
    count.seen += 1;
    const kept = this.#options.random() < count.rule.rate;
    if (kept) count.kept += 1;
    return kept;
  }

  /** Records of the counts that changed: at most once a second, or `now` at the end. */
  due(atOnce = false): readonly FieldsDraft[] {
    const now = this.#options.now();
    if (!atOnce && now - this.#saidAt < SAY_EVERY_MS) return [];
    this.#saidAt = now;
    const changed = [...this.#counts].filter(([, count]) => count.seen > count.said);
    return changed.map(([type, count]) => {
      count.said = count.seen;
      return this.#draft(type, count, now);
    });
  }

  #draft(type: string, { rule, seen, kept }: Count, now: number): FieldsDraft {
    const { session, agent, newId } = this.#options;
    const values = { type, rate: rule.rate, reason: rule.reason, seen, kept, session };
    return {
      kind: 'capture',
      type: 'capture.sampled',
      id: newId(),
      agent,
      links: [],
      occurredAt: new Date(now).toISOString(),
      fields: Object.entries(values).map(([name, value]) => ({ path: `/capture/${name}`, value })),
    };
  }
}

function faultOf(rule: unknown): string | undefined {
  const { rate, reason } = (typeof rule === 'object' && rule !== null ? rule : {}) as Record<string, unknown>;
  if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) return 'the rule has no rate from 0 to 1';
  if (typeof reason !== 'string' || reason.trim() === '') return 'the rule names no reason';
  return undefined;
}
