import { isMap, isNode, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Where the value at `path` is written; for one that is not there, where its nearest present parent is. */
export function placeOfValue(doc: Document, lines: LineCounter, path: readonly PropertyKey[]): Place {
  let node: Node | null = isNode(doc.contents) ? doc.contents : null;
  let place = placeOf(node, lines);
  for (const part of path) {
    const pair = isMap(node) ? findPair(node, part) : null;
    const key = isNode(pair?.key) ? pair.key : null;
    const next: unknown = pair ? pair.value : isSeq(node) && typeof part === 'number' ? node.items[part] : null;
    if (key === null && !isNode(next)) return place;
    node = isNode(next) ? next : null;
    // An empty value has no place of its own: its key has.
    const empty = node === null || (isScalar(node) && node.value === null && node.source === '');
    place = placeOf(empty ? key : node, lines);
    if (node === null) return place;
  }
  return place;
}

/** Where the key `name` of the map at `path` is written. */
export function placeOfKey(doc: Document, lines: LineCounter, path: readonly PropertyKey[], name: string): Place {
  const at = path.length === 0 ? doc.contents : doc.getIn(path, true);
  const key = isMap(at) ? findPair(at, name)?.key : null;
  return isNode(key) ? placeOf(key, lines) : placeOfValue(doc, lines, path);
}

function findPair(map: { items: readonly { key: unknown; value: unknown }[] }, name: PropertyKey) {
  return map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}

function placeOf(node: Node | null | undefined, lines: LineCounter): Place {
  const offset = node?.range?.[0] ?? 0;
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
