import { listItem } from './listing.js';
import type { IntentNode, IntentTree } from './service.js';
import type { LedgerStore } from './store.js';

/** Generations and entries of one tree. A link names whatever its producer likes, a cycle too. */
export const TREE_DEPTH = 32;
export const TREE_NODES = 1_000;

const PARENT = 'parent';

/**
 * The entries that follow from an intent, by their `parent` links, generation after generation. Each entry stands in it once,
 * under the first parent it was found from; children are in the order of their claimed time.
 */
export async function intentTree(
  store: Pick<LedgerStore, 'linksTo' | 'readHeads'>,
  root: string,
): Promise<IntentTree | null> {
  const parentOf = new Map<string, string>();
  let generation: readonly string[] = [root];
  let truncated = false;
  for (let depth = 1; generation.length > 0; depth += 1) {
    const room = TREE_NODES - parentOf.size;
    const links = await store.linksTo(generation, PARENT, room + 1);
    if (links.length > 0 && depth > TREE_DEPTH) truncated = true;
    if (truncated) break;
    truncated = links.length > room;
    const fresh = links.slice(0, room).filter(({ from }) => from !== root && !parentOf.has(from));
    for (const { from, target } of fresh) if (!parentOf.has(from)) parentOf.set(from, target);
    generation = truncated ? [] : [...new Set(fresh.map(({ from }) => from))];
  }
  const heads = (await store.readHeads([root, ...parentOf.keys()])).map(listItem);
  // Nothing is known of an intent that no entry has or names.
  if (heads.length === 0) return null;
  heads.sort((a, b) => (a.occurredAt === b.occurredAt ? (a.id < b.id ? -1 : 1) : a.occurredAt < b.occurredAt ? -1 : 1));
  const nodes = new Map(heads.map((item) => [item.id, { item, children: [] as IntentNode[] }]));
  const top = nodes.get(root) ?? { item: null, children: [] as IntentNode[] };
  for (const [id, node] of nodes) {
    const parent = parentOf.get(id);
    if (parent !== undefined) (parent === root ? top : nodes.get(parent))?.children.push(node);
  }
  return { id: root, item: top.item, children: top.children, truncated };
}
