import { decisionId, type Json } from '@tenet-ledger/record';

export interface KeyedDecision {
  readonly id: string;
  /** name@version */
  readonly agent: string;
  readonly session: string | null;
  readonly subject: string | null;
  readonly fields: ReadonlyMap<string, Json>;
}

const INPUTS = '/context/inputs';
const DEEPEST = 4;
/** Decisions whose inputs are searched for the key before it is given up. */
const SEARCHED = 20;

/**
 * Where the business key stands. The record does not name it, but its id is made of it: a value of the inputs that gives the id
 * back is the key, and no other is. null where no such place holds for the decisions that were looked at.
 */
export function findKeyPointer(tenant: string, decisions: readonly KeyedDecision[]): string | null {
  let places: string[] | null = null;
  for (const decision of decisions.slice(0, SEARCHED)) {
    const fitting = [...decision.fields]
      .filter(([path]) => path === INPUTS || path.startsWith(`${INPUTS}/`))
      .flatMap(([path, value]) => scalarsOf(path, value))
      .filter(({ value }) => isKeyOf(tenant, decision, value))
      .map(({ pointer }) => pointer);
    places = places === null ? fitting : places.filter((pointer) => fitting.includes(pointer));
    if (places.length === 0) return null;
  }
  return places?.[0] ?? null;
}

export function isKeyOf(tenant: string, { id, agent, session }: KeyedDecision, key: string): boolean {
  const at = agent.lastIndexOf('@');
  if (session === null || at < 0) return false;
  return id === decisionId({ tenant, agent: agent.slice(0, at), version: agent.slice(at + 1), session, key });
}

/** Texts and numbers below a value, with their pointers. */
function scalarsOf(pointer: string, value: Json, depth = 0): { readonly pointer: string; readonly value: string }[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ pointer, value: String(value) }];
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return [];
  return Object.entries(value as Record<string, Json>).flatMap(([name, inner]) =>
    scalarsOf(`${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, inner, depth + 1),
  );
}
