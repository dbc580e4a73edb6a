import { canonicalize, sha256, toBase32, utf8, type Json } from '@tenet-ledger/record';
import { entryOf, ItemError, redacted } from '../imports/index.js';
import type { LedgerService, NewEntry } from '../ledger/index.js';
import { isGenAi } from './classify.js';
import { convertTrace, type TraceDecision } from './convertTrace.js';
import { callOf } from './spanCall.js';
import { HeldTraces } from './heldTraces.js';
import type { HeldSpanStore } from './ports.js';
import { readSpans, type ReadSpans, type Span } from './spans.js';
import { BUFFER_LIMITS, TraceBuffer, type BufferLimits, type LeavingTrace } from './traceBuffer.js';
import type { ExportAnswer } from './wire.js';

export interface ReceiverDeps {
  readonly ledger: Pick<LedgerService, 'append'>;
  readonly tenant: string;
  readonly tagKey: Uint8Array;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<BufferLimits>;
  /** Where spans are durable while they wait. Without it they are in memory only. */
  readonly store?: HeldSpanStore;
  /** Told of a trace that left the buffer outside of a request and could not be recorded. */
  readonly onError?: (error: unknown) => void;
  /** Told of what was appended. */
  readonly onRecorded?: (entries: number) => void;
}

/** What is remembered of a trace whose records are made. */
interface Recorded {
  readonly seen: Set<string>;
  /** Decision that late spans without one of their own belong to. */
  readonly decision: string | null;
}

const SDK = 'otlp';

/**
 * OTLP traces in, decision records out. A trace whose root is there is recorded before its request is answered; what is not whole yet is
 * held, and recorded with what is missing when its time is up. Late spans become a correction of the record. What was answered is durable,
 * in the ledger or in the store: after a crash the next receiver records it.
 */
export class TraceReceiver {
  readonly #deps: ReceiverDeps;
  readonly #limits: BufferLimits;
  readonly #buffer: TraceBuffer;
  readonly #held: HeldTraces | null;
  readonly #recorded = new Map<string, Recorded>();
  /** One at a time: spans of a trace must not reach the store after the trace was recorded and taken out of it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
    const { store, now } = deps;
    this.#held = store === undefined ? null : new HeldTraces({ store, now, onError: (error) => deps.onError?.(error) });
    this.#limits = { ...BUFFER_LIMITS, ...deps.limits };
    this.#buffer = new TraceBuffer(this.#limits, deps.now);
  }

  /** A decoded ExportTraceServiceRequest. Throws where the ledger cannot take records: the spans are then still held. */
  async take(request: unknown): Promise<ExportAnswer> {
    const read = readSpans(request);
    return this.#inTurn(() => this.#takeSpans(read));
  }

  async #takeSpans({ spans, rejected, reasons }: ReadSpans): Promise<ExportAnswer> {
    const fresh = spans.filter(({ traceId, spanId }) => this.#recorded.get(traceId)?.seen.has(spanId) !== true);
    this.#buffer.add(fresh);
    const settled = this.#held?.settled ?? true;
    const refused = await this.#settle(
      [
        ...(settled ? this.#buffer.complete(fresh.map(({ traceId }) => traceId)) : []),
        ...this.#late(fresh),
        ...this.#buffer.due(),
      ],
      fresh,
    );
    const strangers = spans.filter((span) => !isGenAi(span)).length;
    const said = [...reasons, ...refused.reasons];
    // A trace of which nothing is of the convention is taken and dropped: that deserves a word.
    if (strangers === spans.length && spans.length > 0)
      said.push(
        'no span of this request is of the GenAI conventions (gen_ai.*, openinference.*): nothing is recorded of it',
      );
    return { rejected: rejected + refused.spans, message: said.join('; ') };
  }

  /** Records what waited too long, and what receivers before this one left. To be called at the start, and now and then. */
  async sweep(): Promise<void> {
    await this.#inTurn(async () => {
      const settled = this.#held?.settled ?? true;
      const adopted = (await this.#held?.adopt()) ?? [];
      this.#buffer.add(adopted);
      const justSettled = !settled && this.#held?.settled === true;
      const looked = justSettled ? [...this.#buffer.traceIds] : adopted.map(({ traceId }) => traceId);
      await this.#alone([...this.#buffer.complete(looked), ...this.#buffer.due()]);
      await this.#held?.release([]);
    });
  }

  /** What is held stays in the store for the next receiver; without a store it is recorded as it is. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#held === null) return this.#alone(this.#buffer.drain());
      await this.#held.leave().catch((error: unknown) => this.#deps.onError?.(error));
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Outside of a request there is no answer that could say what went wrong. */
  async #alone(leaving: readonly LeavingTrace[]): Promise<void> {
    try {
      const { reasons } = await this.#settle(leaving);
      for (const reason of reasons) this.#deps.onError?.(new Error(reason));
    } catch (error) {
      this.#deps.onError?.(error);
    }
  }

  get held(): TraceBuffer['held'] {
    return this.#buffer.held;
  }

  /** Traces that are recorded already have no root to wait for. */
  #late(fresh: readonly Span[]): LeavingTrace[] {
    const known = new Set(fresh.map(({ traceId }) => traceId).filter((traceId) => this.#recorded.has(traceId)));
    return this.#buffer.takeAll(known);
  }

  /** `fresh`: what came with the request and, unless it leaves, waits from here on. */
  async #settle(
    leaving: readonly LeavingTrace[],
    fresh: readonly Span[] = [],
  ): Promise<{ spans: number; reasons: string[] }> {
    const made = leaving.map((trace) => ({ trace, ...this.#entriesOf(trace) }));
    const entries = made.flatMap((one) => one.entries);
    try {
      await this.#held?.keep(fresh, leaving);
      if (entries.length > 0) await this.#deps.ledger.append(entries);
    } catch (error) {
      // Nothing is lost yet: the sender is told to come again, and what it does not send again is still here.
      for (const { spans } of leaving) this.#buffer.add(spans);
      throw error;
    }
    for (const { trace, decision } of made) this.#remember(trace, decision);
    await this.#held?.release(leaving);
    if (entries.length > 0) this.#deps.onRecorded?.(entries.length);
    return {
      spans: made.reduce((sum, one) => sum + one.refused, 0),
      reasons: [...new Set(made.flatMap((one) => one.reasons))],
    };
  }

  #entriesOf(trace: LeavingTrace): {
    entries: NewEntry[];
    decision: string | null;
    refused: number;
    reasons: string[];
  } {
    const before = this.#recorded.get(trace.traceId);
    const found = convertTrace(trace.spans, this.#deps.tenant, gapsOf(trace, before !== undefined)).decisions;
    // A late agent decides for itself; other late spans belong to a record that is made already.
    const decisions = before === undefined ? found : found.filter(({ isAgent }) => isAgent);
    const used = new Set(decisions.flatMap(({ spanId, taped }) => [spanId, ...taped]));
    const late = before === undefined ? [] : trace.spans.filter((span) => isGenAi(span) && !used.has(span.spanId));
    const made = decisions.map((one) => this.#entryOf(one));
    const entries = made.flatMap(({ entry }) => entry ?? []);
    const target = before?.decision ?? decisions[0]?.id ?? null;
    if (late.length > 0 && target !== null) entries.push(correctionOf(late, target, this.#deps.tenant));
    const problems = made.flatMap(({ problem }) => problem ?? []);
    return {
      entries,
      decision: target,
      refused: problems.reduce((sum, { spans }) => sum + spans, 0),
      reasons: problems.map(({ message }) => message),
    };
  }

  #entryOf({ decision, taped }: TraceDecision): { entry?: NewEntry; problem?: { spans: number; message: string } } {
    const { tenant, tagKey } = this.#deps;
    try {
      const { grade: _grade, ...entry } = entryOf(decision, { tenant, tagKey, sdk: SDK });
      return { entry };
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      return {
        problem: {
          spans: taped.length + 1,
          message: `the decision of an agent could not be recorded: ${error.message}`,
        },
      };
    }
  }

  #remember({ traceId, spans }: LeavingTrace, decision: string | null): void {
    const seen = this.#recorded.get(traceId)?.seen ?? new Set<string>();
    for (const { spanId } of spans) seen.add(spanId);
    this.#recorded.delete(traceId);
    this.#recorded.set(traceId, { seen, decision });
    for (const oldest of this.#recorded.keys()) {
      if (this.#recorded.size <= this.#limits.remembered) return;
      this.#recorded.delete(oldest);
    }
  }
}

function gapsOf({ why, spans }: LeavingTrace, late: boolean): string[] {
  if (why === 'complete') return [];
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const missing = new Set(spans.flatMap(({ parentId }) => (parentId === null || ids.has(parentId) ? [] : [parentId])))
    .size;
  const when = {
    timeout: 'in time',
    full: 'before there was no more room for it',
    shutdown: 'before the server stopped',
  }[why];
  return [
    ...(late ? ['it came after the rest of its trace was recorded'] : []),
    ...(missing > 0 && !late ? [`${missing} spans above what came did not arrive ${when}`] : []),
  ];
}

/** What came too late for the record, as an entry that corrects it: the calls, numbered among themselves. */
function correctionOf(late: readonly Span[], decision: string, tenant: string): NewEntry {
  const [first] = [...late].sort((a, b) => a.startMs - b.startMs);
  const from = first?.startMs ?? 0;
  const calls = late.map((span, at) => callOf(span, at + 1, from, new Map()).entry);
  const name = canonicalize([tenant, decision, late.map(({ spanId }) => spanId).sort()]);
  const reason = `${late.length} spans of the trace came after its record was made`;
  const correction = {
    kind: 'correction' as const,
    type: 'correction',
    id: `cor_${toBase32(sha256(utf8(name)), 26)}`,
    agent: 'otlp',
    links: [{ rel: 'decision', id: decision }],
    occurredAt: new Date(from).toISOString(),
    fields: [
      { path: '/correction/reason', value: reason },
      { path: '/correction/fields', value: { '/tape/late': calls as unknown as Json } },
      { path: '/correction/by', value: SDK },
    ],
  };
  const clean = redacted(correction);
  return 'fields' in clean ? { ...correction, fields: clean.fields } : correction;
}
