import type { Span } from './spans.js';

export interface BufferLimits {
  /** How long a trace without its root waits for more spans. @default 30 s */
  readonly holdMs: number;
  /** Spans held over all traces. @default 50,000 */
  readonly maxSpans: number;
  /** About how much they take. @default 64 MiB */
  readonly maxBytes: number;
  /** Traces whose record is made and of which late spans are still told apart. @default 20,000 */
  readonly remembered: number;
}

export const BUFFER_LIMITS: BufferLimits = {
  holdMs: 30_000,
  maxSpans: 50_000,
  maxBytes: 64 * 1024 * 1024,
  remembered: 20_000,
};

/** Why a trace leaves the buffer. */
export type Leave = 'complete' | 'timeout' | 'full' | 'shutdown';

export interface LeavingTrace {
  readonly traceId: string;
  readonly spans: readonly Span[];
  readonly why: Leave;
}

interface Held {
  readonly spans: Map<string, Span>;
  bytes: number;
  /** When the last of its spans came. */
  touched: number;
}

/**
 * Spans of one trace come in several exports, children before their parents. A trace is held until its root is there and no span's parent is
 * missing, for a bounded time and size.
 */
export class TraceBuffer {
  readonly #traces = new Map<string, Held>();
  readonly #limits: BufferLimits;
  readonly #now: () => number;
  #spans = 0;
  #bytes = 0;

  constructor(limits: BufferLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** A span that was sent twice counts once. */
  add(spans: readonly Span[]): void {
    for (const span of spans) {
      const held = this.#traces.get(span.traceId) ?? { spans: new Map<string, Span>(), bytes: 0, touched: 0 };
      held.touched = this.#now();
      if (!held.spans.has(span.spanId)) {
        held.spans.set(span.spanId, span);
        held.bytes += span.size;
        this.#bytes += span.size;
        this.#spans += 1;
      }
      // Back to the end: the map's order is that of the last touch.
      this.#traces.delete(span.traceId);
      this.#traces.set(span.traceId, held);
    }
  }

  /** Of these, the traces that are whole. */
  complete(traceIds: Iterable<string>): LeavingTrace[] {
    return [...new Set(traceIds)].flatMap((traceId) => {
      const held = this.#traces.get(traceId);
      return held !== undefined && isWhole(held.spans) ? [this.#take(traceId, held, 'complete')] : [];
    });
  }

  has(traceId: string): boolean {
    return this.#traces.has(traceId);
  }

  get traceIds(): Iterable<string> {
    return this.#traces.keys();
  }

  /** Of these, whatever is held of them. */
  takeAll(traceIds: Iterable<string>): LeavingTrace[] {
    return [...new Set(traceIds)].flatMap((traceId) => {
      const held = this.#traces.get(traceId);
      return held === undefined ? [] : [this.#take(traceId, held, 'timeout')];
    });
  }

  /** Traces that waited too long, and the longest waiting ones where too much is held. */
  due(): LeavingTrace[] {
    const leaving: LeavingTrace[] = [];
    const { holdMs, maxSpans, maxBytes } = this.#limits;
    for (const [traceId, held] of this.#traces) {
      const full = this.#spans > maxSpans || this.#bytes > maxBytes;
      if (!full && this.#now() - held.touched < holdMs) break;
      leaving.push(this.#take(traceId, held, full ? 'full' : 'timeout'));
    }
    return leaving;
  }

  drain(): LeavingTrace[] {
    return [...this.#traces].map(([traceId, held]) => this.#take(traceId, held, 'shutdown'));
  }

  get held(): { readonly traces: number; readonly spans: number; readonly bytes: number } {
    return { traces: this.#traces.size, spans: this.#spans, bytes: this.#bytes };
  }

  #take(traceId: string, held: Held, why: Leave): LeavingTrace {
    this.#traces.delete(traceId);
    this.#spans -= held.spans.size;
    this.#bytes -= held.bytes;
    return { traceId, spans: [...held.spans.values()], why };
  }
}

function isWhole(spans: ReadonlyMap<string, Span>): boolean {
  let roots = 0;
  for (const { parentId } of spans.values()) {
    if (parentId === null) roots += 1;
    else if (!spans.has(parentId)) return false;
  }
  return roots > 0;
}
