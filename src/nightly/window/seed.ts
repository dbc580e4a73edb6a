import { digestOf } from '../ids.js';

/** 48 bits, so that it is a whole number in every language. */
const DIGITS = 12;

/** Draws of a night are fixed by the schedule and its window alone. */
export const nightSeed = (schedule: string, closes: string): number =>
  Number.parseInt(digestOf(['tenet-night-v1', schedule, closes]).slice(0, DIGITS), 16);

/** The same decisions first whatever order they come in: keys are SHA-256(JCS(["tenet-draw-v1", seed, decision])). */
export function drawn(decisions: readonly string[], most: number, seed: number): string[] {
  if (decisions.length <= most) return [...decisions].sort();
  return decisions
    .map((decision) => ({ decision, key: digestOf(['tenet-draw-v1', seed, decision]) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, most)
    .map(({ decision }) => decision)
    .sort();
}
