import { TEXT_CHANNELS, type NoiseProfile, type TextChannel } from '../../drift/index.js';

/** How much the version differs from itself tonight, against the profile that was stored for it. */
export interface NoiseTest {
  /** Ledger entry of the stored profile. */
  readonly profile: string;
  readonly channel: TextChannel | null;
  /** Two-sample Kolmogorov–Smirnov over the calibration scores, the least of the channels times their number. */
  readonly p: number;
  readonly differentOutcome: { readonly stored: number; readonly tonight: number };
}

/** null where the two are not on one scale: another embedder or scorer. */
export function testNoise(
  stored: { readonly entry: string; readonly profile: NoiseProfile },
  tonight: NoiseProfile,
): NoiseTest | null {
  const { profile } = stored;
  if (profile.embedderId !== tonight.embedderId || profile.scorerVersion !== tonight.scorerVersion) return null;
  let least: { channel: TextChannel | null; p: number } = { channel: null, p: 1 };
  for (const channel of TEXT_CHANNELS) {
    const p = ksTest(profile.scores[channel], tonight.scores[channel]);
    if (p < least.p) least = { channel, p };
  }
  return {
    profile: stored.entry,
    channel: least.channel,
    p: Math.min(1, least.p * TEXT_CHANNELS.length),
    differentOutcome: { stored: profile.differentOutcome, tonight: tonight.differentOutcome },
  };
}

/** Asymptotic p of the two-sample test (Stephens' correction); with ties it errs on the side of no evidence. */
export function ksTest(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 1;
  const [x, y] = [[...a].sort((m, n) => m - n), [...b].sort((m, n) => m - n)];
  let i = 0;
  let j = 0;
  let most = 0;
  while (i < x.length && j < y.length) {
    const at = Math.min(x[i] ?? 0, y[j] ?? 0);
    while (i < x.length && (x[i] ?? 0) <= at) i += 1;
    while (j < y.length && (y[j] ?? 0) <= at) j += 1;
    most = Math.max(most, Math.abs(i / x.length - j / y.length));
  }
  const n = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return kolmogorov((n + 0.12 + 0.11 / n) * most);
}

const TERMS = 100;

/** P(K > t) of the Kolmogorov distribution. */
function kolmogorov(t: number): number {
  if (t < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= TERMS; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * t * t);
  return Math.min(1, Math.max(0, sum));
}
