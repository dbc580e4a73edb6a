import type { Json } from '@tenet-ledger/record';
import type { Attributes } from './spans.js';

const MAX_INDEX = 1_000;

type Node = { [key: string]: Node | Json };

/**
 * Attributes below a prefix as one value: `llm.input_messages.0.message.role` is a list of objects. OpenInference and the older forms of
 * other instrumentations flatten their messages so.
 */
export function nested(attributes: Attributes, prefix: string): Json | undefined {
  const tree: Node = Object.create(null) as Node;
  let found = false;
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(`${prefix}.`)) continue;
    found = true;
    put(tree, name.slice(prefix.length + 1).split('.'), value);
  }
  return found ? settle(tree) : undefined;
}

function put(tree: Node, path: readonly string[], value: Json): void {
  let at = tree;
  for (const part of path.slice(0, -1)) {
    const next = at[part];
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as Node;
    else at = at[part] = Object.create(null) as Node;
  }
  at[path.at(-1) ?? ''] = value;
}

/** A level whose names are all numbers is a list. */
function settle(value: Node | Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value as Json;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key) && Number(key) < MAX_INDEX)) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => settle((value as Node)[key] ?? null));
  }
  return Object.fromEntries(keys.map((key) => [key, settle((value as Node)[key] ?? null)]));
}
