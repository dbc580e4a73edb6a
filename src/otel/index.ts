/**
 * OpenTelemetry in: spans of the GenAI conventions (and OpenInference) become decision records, one an agent's span, with the model and tool
 * calls below it as tape. What the spans do not hold is said in the record's grade. It is no tracing backend: spans of other kinds
 * are not kept. Specs: OTLP 1.x over HTTP, JSON and protobuf; GenAI semantic conventions up to 1.41 and before 1.36.
 */
export { convertTrace, type ConvertedTrace, type TraceDecision } from './convertTrace.js';
export { exchangeOf, type Exchange, type Message } from './messages.js';
export type { HeldSpanStore } from './ports.js';
export { TraceReceiver, type ReceiverDeps } from './receiver.js';
export { readSpans, type ReadSpans, type Span } from './spans.js';
export { BUFFER_LIMITS, TraceBuffer, type BufferLimits, type LeavingTrace } from './traceBuffer.js';
export { decisionsOf, type DecisionSpans } from './traceTree.js';
export { decodeProtobuf, encodeAnswer, encodeStatus, OTLP_TYPES, type Encoding, type ExportAnswer } from './wire.js';
