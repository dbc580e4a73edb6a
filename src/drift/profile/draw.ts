import { createHash } from 'node:crypto';

/** A number below `count`, drawn by the seed for one decision: the same for an auditor who has the seed. */
export function draw(seed: string, decision: string, count: number): number {
  const digest = createHash('sha256').update(`tenet-drift-v1\n${seed}\n${decision}`, 'utf8').digest();
  return digest.readUInt32BE(0) % count;
}

/** The runs a run of this decision is held against: all but the drawn one. Noise and candidate use the same draw. */
export function supportRuns<T>(seed: string, decision: string, runs: readonly T[]): { left: T; support: T[] } | null {
  const index = draw(seed, decision, Math.max(1, runs.length));
  const left = runs[index];
  if (left === undefined) return null;
  return { left, support: runs.filter((_, i) => i !== index) };
}
