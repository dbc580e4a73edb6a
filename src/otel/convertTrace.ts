import { createHash } from 'node:crypto';
import { decisionId, type Json } from '@tenet-ledger/record';
import { gradeImport, type ImportedDecision } from '../imports/index.js';
import { firstText } from './classify.js';
import { exchangeOf, type Exchange, type Message } from './messages.js';
import { callOf, modelNames, shown, type SpanCall } from './spanCall.js';
import type { Span } from './spans.js';
import { decisionsOf, type DecisionSpans } from './traceTree.js';

/** What conversion made of one trace. */
export interface ConvertedTrace {
  readonly decisions: readonly TraceDecision[];
  /** Spans that no decision holds. */
  readonly unused: number;
}

export interface TraceDecision {
  readonly id: string;
  readonly spanId: string;
  readonly isAgent: boolean;
  readonly decision: ImportedDecision;
  /** Ids of the spans whose calls are on its tape. */
  readonly taped: readonly string[];
}

const MAX_OUTCOME = 500;
const MAX_TAPE = 4_096;
const CAPTURE_HINT =
  'contents were not captured: instrumentations leave them out by default (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT)';

/** `gaps`: what is known to be missing of the trace as a whole, such as a root that never came. */
export function convertTrace(spans: readonly Span[], tenant: string, gaps: readonly string[] = []): ConvertedTrace {
  const found = decisionsOf(spans);
  const ids = new Map<Span, string>();
  const decisions = found.map((one) => {
    const parent = one.parent === null ? undefined : ids.get(one.parent);
    const decision = decisionOf(one, gaps, parent);
    const { agent, version, session, key } = decision;
    const id = decisionId({ tenant, agent, version, session, key });
    ids.set(one.span, id);
    return {
      id,
      spanId: one.span.spanId,
      isAgent: one.isAgent,
      decision,
      taped: one.calls.map(({ spanId }) => spanId),
    };
  });
  const used = new Set(decisions.flatMap(({ spanId, taped }) => [spanId, ...taped]));
  return { decisions, unused: spans.filter(({ spanId }) => !used.has(spanId)).length };
}

function decisionOf(one: DecisionSpans, gaps: readonly string[], parent: string | undefined): ImportedDecision {
  const { span, calls } = one;
  const all = span.attributes;
  const own = exchangeOf(span);
  const exchanges = calls.map(exchangeOf);
  const answers = answersIn(exchanges);
  const taped = calls.slice(0, MAX_TAPE).map((call, at) => callOf(call, at + 1, span.startMs, answers));
  const named = nameOf(one);
  const last = taped.flatMap(({ model }) => model ?? []).at(-1) ?? modelNames(span);
  const model = last.answered || last.asked || null;
  const prompt = promptOf(own, exchanges, span);
  const inputs = inputsOf(own, exchanges);
  const outcome = outcomeOf(one, own, exchanges);
  return {
    key: `${span.traceId}/${span.spanId}`,
    session:
      firstText(all, 'gen_ai.conversation.id', 'session.id') ??
      firstIn(calls, 'gen_ai.conversation.id', 'session.id') ??
      span.traceId,
    agent: named.agent,
    version: named.version,
    type: plain(firstText(all, 'tenet.decision.type') ?? '', 200) || named.agent,
    occurredAt: new Date(span.startMs).toISOString(),
    origin: 'agent',
    goal: firstText(all, 'gen_ai.agent.description') ?? named.agent,
    inputs: inputs ?? null,
    reasoning: reasoningOf(own, exchanges),
    outcome: outcome.text,
    tape: taped.map(({ entry }) => entry),
    ...(parent !== undefined && { parent }),
    ...(model !== null && { model }),
    ...(prompt !== null && { promptVersion: prompt }),
    ...subjectOf(span),
    lineage: lineageOf(span),
    grade: gradeOf({ one, taped, gaps, hasInput: inputs !== undefined, hasOutcome: outcome.captured, prompt, named }),
  };
}

/** Names reach terminals and paths, and a version becomes name@version: no half may hold the mark or break a line. */
const plain = (text: string, limit: number): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
    .replaceAll('@', ' ')
    .trim()
    .slice(0, limit)
    .replace(/\p{Cs}/gu, '');

interface Named {
  readonly agent: string;
  readonly version: string;
  readonly versioned: boolean;
}

function nameOf({ span, isAgent }: DecisionSpans): Named {
  const { attributes, resource } = span;
  const service = firstText(resource, 'service.name');
  const own = firstText(attributes, 'gen_ai.agent.name', 'agent.name');
  const agent = own ?? (isAgent ? span.name.replace(/^invoke_(agent|workflow) /, '') : null) ?? service ?? span.name;
  const version = firstText(attributes, 'gen_ai.agent.version') ?? firstText(resource, 'service.version');
  return {
    agent: plain(agent, 120) || 'unnamed',
    version: plain(version ?? '', 60) || 'unversioned',
    versioned: version !== null,
  };
}

/** What the model was told of the results of tools, by the id of the call. */
function answersIn(exchanges: readonly Exchange[]): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const { input } of exchanges)
    for (const message of input ?? [])
      for (const { id, result } of message.answers) if (id !== '') found.set(id, result);
  return found;
}

function inputsOf(own: Exchange, exchanges: readonly Exchange[]): Json | undefined {
  const asked = own.input ?? exchanges.find(({ input }) => input !== null)?.input;
  const messages = (asked ?? []).filter(({ role }) => role !== 'system' && role !== 'developer');
  if (messages.length === 0) return undefined;
  const [only, ...more] = messages;
  if (more.length === 0 && only !== undefined && only.calls.length === 0 && only.answers.length === 0)
    return { request: only.text };
  return { messages: messages.map(shown) };
}

/** The words of the models in the order they came, each once: an answer is often repeated as input of the next call. */
function reasoningOf(own: Exchange, exchanges: readonly Exchange[]): string[] {
  const from = exchanges.some(({ output }) => output !== null) ? exchanges : [own];
  const steps = from.flatMap(({ output }) => (output ?? []).flatMap(({ reasoning, text }) => [...reasoning, text]));
  return [...new Set(steps.map((step) => step.trim()).filter((step) => step !== ''))];
}

function outcomeOf(
  { span }: DecisionSpans,
  own: Exchange,
  exchanges: readonly Exchange[],
): { text: string; captured: boolean } {
  const said = firstText(span.attributes, 'tenet.decision.outcome');
  if (said !== null) return { text: said, captured: true };
  if (span.failed !== null) return { text: `error: ${span.failed}`.slice(0, MAX_OUTCOME), captured: true };
  const output =
    own.output ??
    exchanges
      .map((one) => one.output)
      .filter((one) => one !== null)
      .at(-1);
  const message = output?.at(-1);
  const text = message === undefined ? '' : told(message);
  return text === '' ? { text: 'completed', captured: false } : { text, captured: true };
}

function told({ text, calls }: Message): string {
  if (calls.length > 0) return `call ${[...new Set(calls.map(({ name }) => name))].sort().join(' + ')}`;
  return text.trim().slice(0, MAX_OUTCOME);
}

function promptOf(own: Exchange, exchanges: readonly Exchange[], { attributes }: Span): string | null {
  const name = firstText(attributes, 'gen_ai.prompt.name');
  const version = firstText(attributes, 'gen_ai.prompt.version');
  if (name !== null) return `${name}@${version ?? '?'}`;
  const system = own.system ?? exchanges.map((one) => one.system).find((one) => one !== null) ?? null;
  return system === null ? null : `sha256:${createHash('sha256').update(system).digest('hex')}`;
}

function subjectOf({ attributes }: Span): { subject: string } | object {
  const subject = firstText(attributes, 'enduser.id', 'user.id');
  return subject === null ? {} : { subject };
}

function lineageOf({ traceId, spanId, resource, scope }: Span): Readonly<Record<string, Json>> {
  const service = firstText(resource, 'service.name');
  const environment = firstText(resource, 'deployment.environment.name', 'deployment.environment');
  return {
    trace: traceId,
    span: spanId,
    ...(service !== null && { service }),
    ...(environment !== null && { environment }),
    ...(scope !== '' && { instrumentation: scope }),
  };
}

function firstIn(spans: readonly Span[], ...names: readonly string[]): string | null {
  for (const { attributes } of spans) {
    const found = firstText(attributes, ...names);
    if (found !== null) return found;
  }
  return null;
}

interface Findings {
  readonly one: DecisionSpans;
  readonly taped: readonly SpanCall[];
  readonly gaps: readonly string[];
  readonly hasInput: boolean;
  readonly hasOutcome: boolean;
  readonly prompt: string | null;
  readonly named: Named;
}

function gradeOf({ one, taped, gaps, hasInput, hasOutcome, prompt, named }: Findings): ImportedDecision['grade'] {
  const { span, isAgent, calls, orphaned } = one;
  const dropped = [span, ...calls].reduce((sum, each) => sum + each.dropped, 0);
  const models = taped.flatMap(({ model }) => model ?? []);
  const unpinned = models.filter(({ asked, answered }) => asked !== answered || asked === '');
  return gradeImport('OpenTelemetry spans', {
    outcomeOnly: [...(hasInput || hasOutcome ? [] : [CAPTURE_HINT])],
    incomplete: [
      ...gaps,
      ...(isAgent ? [] : ['no agent span: the uppermost span of the trace stands for the decision']),
      ...(orphaned ? ['the span above it never came: what happened there is not known'] : []),
      ...(hasInput ? [] : ['what it was asked is in none of its spans']),
      ...(hasOutcome ? [] : ['what it answered is in none of its spans']),
      ...(taped.length === 0 ? ['the trace holds no call of it'] : []),
      ...(calls.length > taped.length ? [`${calls.length - taped.length} calls found no room on the tape`] : []),
      ...taped.flatMap(({ missing }) => missing),
      ...(dropped > 0 ? [`the tracing SDK dropped ${dropped} attributes or events`] : []),
    ],
    altered: [
      ...unpinned.map(
        ({ asked, answered }) =>
          `model not pinned: asked for ${asked || 'none'}, answered by ${answered || 'an unnamed one'}`,
      ),
      ...(prompt === null ? ['prompt not pinned: no system instructions in the spans'] : []),
      ...(named.versioned ? [] : ['agent version unknown: neither gen_ai.agent.version nor service.version is set']),
      'calls that are not traced cannot be told',
    ],
  });
}
