import { AppError } from '../errors/index.js';

/** A keyset range of one repeat: ordinals (after, until] of the frozen cohort. */
export interface ShardRange {
  readonly shard: number;
  readonly repeat: number;
  readonly after: number;
  readonly until: number;
}

export interface ShardRequest {
  readonly size: number;
  readonly repeats: number;
  /** Most decisions a shard holds; rounded down to whole batches, at least one batch. */
  readonly shardSize: number;
  readonly batchSize: number;
}

/**
 * Every (repeat, ordinal) falls into exactly one shard. Repeats are from 1; shards are numbered from 1 within a repeat,
 * all of repeat 1 first, so that a run cut short by its budget has whole repeats rather than slices of each.
 */
export function planShards({ size, repeats, shardSize, batchSize }: ShardRequest): ShardRange[] {
  for (const [name, value] of Object.entries({ size, repeats, shardSize, batchSize })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new AppError('input.invalid', `${name} of a run plan is not a count`, {
        field: `/${name}`,
        expected: 'a whole number from 1',
        got: String(value),
      });
    }
  }
  const step = Math.max(1, Math.floor(shardSize / batchSize)) * batchSize;
  const shards: ShardRange[] = [];
  for (let repeat = 1; repeat <= repeats; repeat += 1) {
    for (let after = 0, shard = 1; after < size; after += step, shard += 1) {
      shards.push({ shard, repeat, after, until: Math.min(after + step, size) });
    }
  }
  return shards;
}
