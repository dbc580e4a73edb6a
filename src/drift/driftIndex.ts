import { CHANNELS } from './channels/index.js';
import type { ChannelScore } from './types.js';

/**
 * Size, 0..1: 1 − Π(1 − w·x) over the channels. It sorts a list; it enters no verdict. `semantic` counts above the noise floor only.
 */
export function driftIndex(scores: readonly ChannelScore[], semanticFloor: number): number {
  let rest = 1;
  for (const { channel, value } of scores) {
    const weight = CHANNELS.find((entry) => entry.name === channel)?.weight ?? 0;
    const x = channel === 'semantic' ? Math.max(0, (value - semanticFloor) / (1 - semanticFloor)) : value;
    rest *= 1 - weight * Math.min(1, x);
  }
  return Math.round((1 - rest) * 1e4) / 1e4;
}
