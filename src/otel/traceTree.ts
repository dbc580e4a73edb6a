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

/** Splits a trace into its decisions. Spans outside of any, and of no GenAI operation, belong to none. Linear in the spans. */
export function decisionsOf(spans: readonly Span[]): DecisionSpans[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const agentAbove = climbing(byId, (up) => kindOf(up) === 'agent');
  const modelAbove = climbing(byId, (up) => kindOf(up) === 'model' || kindOf(up) === 'agent');
  const owned = new Map<Span, Span[]>();
  const owners = new Map<Span, Span>();
  for (const span of spans) {
    if (!isGenAi(span)) continue;
    const owner = agentAbove(span);
    owners.set(span, owner);
    const head = kindOf(span) === 'agent' ? span : owner;
    if (!owned.has(head)) owned.set(head, []);
  }
  for (const [span, owner] of owners) {
    if (span === owner && kindOf(span) === 'agent') continue;
    // Two instrumentations of one client trace a call twice, one span inside the other: the outer one is the call.
    const above = modelAbove(span);
    const twice = kindOf(span) === 'model' && above !== span && kindOf(above) === 'model';
    if (!twice) owned.get(owner)?.push(span);
  }
  return [...owned]
    .sort(([a], [b]) => byStart(a, b))
    .map(([head, calls]) => {
      const above = owners.get(head);
      return {
        span: head,
        isAgent: kindOf(head) === 'agent',
        calls: calls.sort(byStart),
        parent: above === undefined || above === head || !owned.has(above) ? null : above,
        orphaned: head.parentId !== null && !byId.has(head.parentId),
      };
    });
}

/**
 * For any span the nearest one above that `stops`, else the uppermost that is known. Every way up is walked once. Ids are a sender's:
 * a ring ends the climb.
 */
function climbing(byId: ReadonlyMap<string, Span>, stops: (up: Span) => boolean): (span: Span) => Span {
  const known = new Map<Span, Span>();
  return (span) => {
    const path = new Set<Span>();
    let at = span;
    let found: Span | undefined;
    while (found === undefined) {
      path.add(at);
      const up: Span | undefined = at.parentId === null ? undefined : byId.get(at.parentId);
      if (up === undefined || path.has(up)) found = at;
      else if (stops(up)) found = up;
      else found = known.get(up);
      if (up !== undefined) at = up;
    }
    for (const one of path) known.set(one, found);
    return found;
  };
}

/** Spans that start together stay as they came, which is the order of their ends. */
const byStart = (a: Span, b: Span): number => a.startMs - b.startMs;
