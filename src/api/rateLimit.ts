import { AppError } from '../errors/index.js';

export interface RateLimit {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** Keys that are remembered; a bucket that has filled up again says nothing and goes first. */
const MAX_BUCKETS = 10_000;

/** A token bucket per API key, in this process: several processes each grant the whole rate. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  readonly #limit: RateLimit;
  readonly #now: () => number;

  constructor(limit: RateLimit, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Takes one token, or says when there will be one. */
  take(ref: string): void {
    const { requestsPerSecond, burst } = this.#limit;
    const now = this.#now();
    const bucket = this.#buckets.get(ref) ?? this.#open(ref, now);
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * requestsPerSecond);
    bucket.at = now;
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return;
    }
    throw new AppError('api.rate_limited', `this API key may make ${requestsPerSecond} requests a second`, {
      expected: `at most ${requestsPerSecond} requests a second, ${burst} at once after a pause`,
      retryAfter: Math.max(1, Math.ceil((1 - bucket.tokens) / requestsPerSecond)),
      fix: 'send records in larger batches',
    });
  }

  #open(ref: string, now: number): Bucket {
    if (this.#buckets.size >= MAX_BUCKETS) this.#forget(now);
    const bucket = { tokens: this.#limit.burst, at: now };
    this.#buckets.set(ref, bucket);
    return bucket;
  }

  #forget(now: number): void {
    const { requestsPerSecond, burst } = this.#limit;
    for (const [ref, { tokens, at }] of this.#buckets) {
      if (tokens + ((now - at) / 1_000) * requestsPerSecond >= burst) this.#buckets.delete(ref);
    }
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_BUCKETS && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
