import { isGenAi, kindOf } from './classify.js';
import type { Span } from './spans.js';

/** One decision of a trace: an agent's span, or the root that stands for one, with the calls that are its own. */
export interface DecisionSpans {
  readonly span: Span;
  /** Whether the span is an agent's. */
  readonly isAgent: boolean;
  /** Model calls, tools and agents right below, in the order of their starts; none that a deeper decision has. */
  readonly calls: readonly Span[];
  /** The decision above. */
  readonly parent: Span | null;
  /** Its span's own parent never came. */
  readonly orphaned: boolean;
}

/** Splits a trace into its decisions. Spans outside of any, and of no GenAI operation, belong to none. */
export function decisionsOf(spans: readonly Span[]): DecisionSpans[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const owners = new Map<Span, Span>();
  for (const span of spans) if (isGenAi(span)) owners.set(span, ownerOf(span, byId));
  const heads = new Set([...owners].map(([span, owner]) => (kindOf(span) === 'agent' ? span : owner)));
  return [...heads].sort(byStart).map((head) => {
    const above = owners.get(head);
    return {
      span: head,
      isAgent: kindOf(head) === 'agent',
      calls: callsOf(head, owners, byId),
      parent: above === undefined || above === head || !heads.has(above) ? null : above,
      orphaned: head.parentId !== null && !byId.has(head.parentId),
    };
  });
}

/** The nearest agent above, else the uppermost span that is known. Ids are a sender's: a ring ends the climb. */
function ownerOf(span: Span, byId: ReadonlyMap<string, Span>): Span {
  const seen = new Set<string>([span.spanId]);
  let at = span;
  for (;;) {
    const up: Span | undefined = at.parentId === null ? undefined : byId.get(at.parentId);
    if (up === undefined || seen.has(up.spanId)) return at;
    seen.add(up.spanId);
    if (kindOf(up) === 'agent') return up;
    at = up;
  }
}

/** Two instrumentations of one client trace a call twice, one span inside the other: the outer one is the call. */
function callsOf(head: Span, owners: ReadonlyMap<Span, Span>, byId: ReadonlyMap<string, Span>): Span[] {
  const own = [...owners].filter(([span, owner]) => owner === head && (span !== head || kindOf(head) !== 'agent'));
  const modelIds = new Set(own.filter(([span]) => kindOf(span) === 'model').map(([span]) => span.spanId));
  return own
    .map(([span]) => span)
    .filter((span) => kindOf(span) !== 'model' || !hasAbove(span, modelIds, byId))
    .sort(byStart);
}

function hasAbove(span: Span, ids: ReadonlySet<string>, byId: ReadonlyMap<string, Span>): boolean {
  const seen = new Set<string>([span.spanId]);
  let at: string | null = span.parentId;
  while (at !== null && !seen.has(at)) {
    if (ids.has(at)) return true;
    seen.add(at);
    at = byId.get(at)?.parentId ?? null;
  }
  return false;
}

/** Spans that start together stay as they came, which is the order of their ends. */
const byStart = (a: Span, b: Span): number => a.startMs - b.startMs;
