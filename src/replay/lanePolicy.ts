import type { LanePolicy } from './types.js';

const MAX_RESULT_BYTES = 1024 * 1024;

/** What a gate's policy says of its lanes, with what is the same for all lanes. */
export const lanePolicy = (lanes: Pick<LanePolicy, 'model' | 'liveReads' | 'timeoutMs'>): LanePolicy => ({
  model: lanes.model,
  liveReads: lanes.liveReads,
  randomness: 'fresh',
  timeoutMs: lanes.timeoutMs,
  maxResultBytes: MAX_RESULT_BYTES,
});
