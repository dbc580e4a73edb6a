import type { Json } from '@tenet-ledger/record';

export interface SpanEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

export type Attributes = Readonly<Record<string, Json>>;

/** A span as conversion sees it, whatever encoding it came in. */
export interface Span {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  /** null for a root, and for one whose parent is in another process. */
  readonly parentId: string | null;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** What the span's status says where it is an error. */
  readonly failed: string | null;
  readonly resource: Attributes;
  readonly scope: string;
  /** Attributes and events that its SDK had no room for. */
  readonly dropped: number;
  /** About how much it holds in memory. */
  readonly size: number;
}

export interface ReadSpans {
  readonly spans: readonly Span[];
  readonly rejected: number;
  /** Why spans were rejected, once each. */
  readonly reasons: readonly string[];
}

const MAX_DEPTH = 16;
/** SpanFlags of trace.proto: whether the parent is known to be remote, and whether it is. */
const REMOTE = 0x300;
const STATUS_ERROR = 2;

type Members = Readonly<Record<string, unknown>>;

/** The spans of a request in either encoding. One that has no valid id is rejected, the others are taken. */
export function readSpans(request: unknown): ReadSpans {
  const spans: Span[] = [];
  const reasons = new Set<string>();
  let rejected = 0;
  for (const group of listIn(request, 'resourceSpans')) {
    const resource = attributesOf(listIn(memberOf(group, 'resource'), 'attributes'));
    for (const scoped of listIn(group, 'scopeSpans')) {
      const scope = textOf(memberOf(memberOf(scoped, 'scope'), 'name'));
      for (const raw of listIn(scoped, 'spans')) {
        const span = readSpan(raw, resource, scope);
        if (typeof span !== 'string') spans.push(span);
        else {
          rejected += 1;
          reasons.add(span);
        }
      }
    }
  }
  return { spans, rejected, reasons: [...reasons] };
}

function readSpan(raw: unknown, resource: Attributes, scope: string): Span | string {
  const traceId = idOf(memberOf(raw, 'traceId'), 16);
  const spanId = idOf(memberOf(raw, 'spanId'), 8);
  if (traceId === null) return 'a span has no valid trace id (16 bytes, not all zero)';
  if (spanId === null) return 'a span has no valid span id (8 bytes, not all zero)';
  const startMs = millis(memberOf(raw, 'startTimeUnixNano'));
  if (startMs === null) return 'a span has no start time';
  const endMs = millis(memberOf(raw, 'endTimeUnixNano')) ?? startMs;
  const status = memberOf(raw, 'status');
  const attributes = attributesOf(listIn(raw, 'attributes'));
  const events = listIn(raw, 'events').map((event) => ({
    name: textOf(memberOf(event, 'name')),
    attributes: attributesOf(listIn(event, 'attributes')),
  }));
  const remote = (numberOf(memberOf(raw, 'flags')) & REMOTE) === REMOTE;
  const failed = statusCode(memberOf(status, 'code')) === STATUS_ERROR;
  return {
    traceId,
    spanId,
    parentId: remote ? null : idOf(memberOf(raw, 'parentSpanId'), 8),
    name: textOf(memberOf(raw, 'name')),
    startMs,
    endMs: Math.max(startMs, endMs),
    attributes,
    events,
    failed: failed ? textOf(memberOf(status, 'message')) || 'failed' : null,
    resource,
    scope,
    dropped: numberOf(memberOf(raw, 'droppedAttributesCount')) + numberOf(memberOf(raw, 'droppedEventsCount')),
    size: 512 + sizeOf(attributes) + events.reduce((sum, event) => sum + 64 + sizeOf(event.attributes), 0),
  };
}

/** Hex in JSON (OTLP's own rule), bytes in protobuf. null where it is absent, malformed or all zero. */
function idOf(value: unknown, bytes: number): string | null {
  const hex = value instanceof Uint8Array ? Buffer.from(value).toString('hex') : textOf(value).toLowerCase();
  return hex.length === bytes * 2 && /^[0-9a-f]+$/.test(hex) && !/^0+$/.test(hex) ? hex : null;
}

/** Nanoseconds as text or number. */
function millis(value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  if (typeof value === 'string' && !/^\d{1,20}$/.test(value)) return null;
  const ms = typeof value === 'string' ? Number(BigInt(value) / 1000n) / 1000 : value / 1e6;
  return ms > 0 && ms < 253_402_300_800_000 ? ms : null;
}

/** Some senders write the name of an enumeration's value. */
const statusCode = (value: unknown): number => (value === 'STATUS_CODE_ERROR' ? STATUS_ERROR : numberOf(value));

function attributesOf(list: readonly unknown[]): Attributes {
  const attributes: Record<string, Json> = {};
  for (const item of list) {
    const key = textOf(memberOf(item, 'key'));
    if (key === '') continue;
    const value = anyValue(memberOf(item, 'value'), 0);
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return attributes;
}

function anyValue(value: unknown, depth: number): Json {
  if (depth > MAX_DEPTH || !isMap(value)) return null;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (typeof intValue === 'number' || typeof intValue === 'string') {
    const number = Number(intValue);
    return Number.isSafeInteger(number) ? number : String(intValue);
  }
  if (typeof doubleValue === 'number') return Number.isFinite(doubleValue) ? doubleValue : String(doubleValue);
  if (typeof doubleValue === 'string') return doubleValue;
  if (isMap(arrayValue)) return listIn(arrayValue, 'values').map((item) => anyValue(item, depth + 1));
  if (isMap(kvlistValue)) {
    const entries = listIn(kvlistValue, 'values');
    return Object.fromEntries(
      entries.map((item) => [textOf(memberOf(item, 'key')), anyValue(memberOf(item, 'value'), depth + 1)]),
    );
  }
  if (bytesValue instanceof Uint8Array) return Buffer.from(bytesValue).toString('base64');
  return typeof bytesValue === 'string' ? bytesValue : null;
}

const sizeOf = (attributes: Attributes): number => JSON.stringify(attributes).length;
const isMap = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const memberOf = (value: unknown, name: string): unknown => (isMap(value) ? value[name] : undefined);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
