import { toUnitRange } from '../align/distance.js';
import type { Channel } from './types.js';
import { nearest, partners } from './support.js';

/** Distance of the wording: each candidate step to its best support, weighted by how much content it has. */
export const semantic: Channel = {
  name: 'semantic',
  weight: 0.9,
  evidence: 'rank',
  score(comparison) {
    let total = 0;
    let weights = 0;
    let worst: { step: number; distance: number } | null = null;
    comparison.steps.forEach((step, index) => {
      const paired = partners(comparison, index).map(({ view }) => comparison.space.distance(step, view));
      const distance = paired.length > 0 ? Math.min(...paired) : (nearest(comparison, step)?.distance ?? 1);
      const weight = Math.max(comparison.space.weight(step), 1e-6);
      total += weight * distance;
      weights += weight;
      if (worst === null || distance > worst.distance) worst = { step: index, distance };
    });
    const found = worst as { step: number; distance: number } | null;
    return {
      channel: 'semantic',
      value: weights === 0 ? 0 : toUnitRange(total / weights),
      evidence:
        found === null || found.distance === 0
          ? []
          : [{ candidateStep: found.step, baselineStep: null, note: `wording ${found.distance.toFixed(2)} away` }],
    };
  },
};
