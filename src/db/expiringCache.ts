/** A bounded map whose entries live for a fixed time. The oldest entry makes room. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly until: number }>();
  readonly #options: { readonly ttlMs: number; readonly max: number; readonly now: () => number };

  constructor(options: { readonly ttlMs: number; readonly max: number; readonly now: () => number }) {
    this.#options = options;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (entry.until > this.#options.now()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    const { max, now, ttlMs } = this.#options;
    if (this.#entries.size >= max) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
    this.#entries.set(key, { value, until: now() + ttlMs });
  }

  clear(): void {
    this.#entries.clear();
  }
}
