import { conformalP, TEXT_CHANNELS, type ChannelScore, type TextChannel } from '../../src/drift/index.js';
import { auroc } from './rank.js';

export interface ScoredItem {
  /** What was changed; null for an item that means the same. */
  readonly kind: string | null;
  /** Task the item comes from: items of one task never calibrate each other's fold. */
  readonly task: number;
  readonly scores: Readonly<Record<TextChannel, number>>;
}

const FOLDS = 5;
const KINDS = ['reason-swap', 'number', 'entity', 'negation', 'antonym'] as const;
const ALPHA = 0.05;

export function scoresOf(channels: readonly ChannelScore[]): Record<TextChannel, number> {
  const entries = TEXT_CHANNELS.map(
    (name) => [name, channels.find((entry) => entry.channel === name)?.value ?? 0] as const,
  );
  return Object.fromEntries(entries) as Record<TextChannel, number>;
}

/** AUROC of the smallest conformal p over the channels, calibrated on unchanged items of other tasks (5 folds). */
export function reportMinP(name: string, items: readonly ScoredItem[]): string[] {
  const withP = items.map((item) => ({ ...item, p: minP(item, items) }));
  const negatives = withP.filter((item) => item.kind === null).map((item) => -item.p);
  const positives = withP.filter((item) => item.kind !== null);
  const lines = [`${name}: ${negatives.length} unchanged, ${positives.length} changed; AUROC of min-p`];
  for (const kind of KINDS) {
    const some = positives.filter((item) => item.kind === kind).map((item) => -item.p);
    if (some.length > 0) lines.push(`  ${kind.padEnd(12)} ${auroc(some, negatives).toFixed(3)}  (${some.length})`);
  }
  const all = positives.map((item) => -item.p);
  const limit = [...negatives].sort((a, b) => b - a)[Math.floor(ALPHA * negatives.length)] ?? 0;
  const level = -ALPHA / TEXT_CHANNELS.length;
  const share = (values: readonly number[], test: (value: number) => boolean): string =>
    ((100 * values.filter(test).length) / values.length).toFixed(1);
  lines.push(
    `  all          ${auroc(all, negatives).toFixed(3)}  found at 5 % false alarms: ${share(all, (value) => value > limit)} %`,
    `  per-item level 5 % (Bonferroni): false alarms ${share(negatives, (value) => value >= level)} %, found ${share(all, (value) => value >= level)} %`,
  );
  return lines;
}

function minP(item: ScoredItem, items: readonly ScoredItem[]): number {
  const calibration = items.filter((other) => other.kind === null && other.task % FOLDS !== item.task % FOLDS);
  const each = TEXT_CHANNELS.map((channel) => {
    const ascending = calibration.map((other) => other.scores[channel]).sort((a, b) => a - b);
    return conformalP(ascending, item.scores[channel]);
  });
  return Math.min(...each);
}
