/**
 * A reason-giving agent for tests: it picks 3–6 reasons from the case's values and words each by drawing a phrasing, in a
 * drawn order. `base` phrasings are what the baseline version says, `reworded` what a version says that means the same in
 * other words. Slots are `{name}`. `foreign` reasons belong to no case of the baseline.
 */
export interface Factor {
  readonly id: string;
  readonly base: readonly string[];
  readonly reworded: readonly string[];
}

export type Values = Readonly<Record<string, string | number>>;

export interface Reason {
  readonly factor: string;
  readonly values: Values;
}

export interface AgentModel {
  readonly name: string;
  readonly factors: readonly Factor[];
  readonly foreign: readonly string[];
  /** Draws a case: its outcome and its reasons, principal first. */
  draw(random: () => number): { readonly outcome: string; readonly reasons: readonly Reason[] };
}

/** mulberry32: small, seeded, good enough for tests. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

export function shuffled<T>(random: () => number, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}

export function between(random: () => number, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

export function fill(template: string, values: Values): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}
