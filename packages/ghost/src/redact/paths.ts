/** RFC 6901 pointers, `*` for any one segment, as a tree that a walk goes down with the record. */
export interface PathNode {
  readonly children: Map<string, PathNode>;
  any: PathNode | undefined;
  hit: PathUse | undefined;
}

export type PathUse = 'redact' | 'pseudonym';

/** The nodes that a place in the record stands at. Empty: no path leads further. */
export type At = readonly PathNode[];

export const NOWHERE: At = [];

const newNode = (): PathNode => ({ children: new Map(), any: undefined, hit: undefined });

export function compilePaths(uses: readonly { readonly path: string; readonly use: PathUse }[]): At {
  if (uses.length === 0) return NOWHERE;
  const root = newNode();
  for (const { path, use } of uses) {
    let node = root;
    for (const segment of segmentsOf(path)) {
      if (segment === '*') node = node.any ??= newNode();
      else {
        const child = node.children.get(segment) ?? newNode();
        node.children.set(segment, child);
        node = child;
      }
    }
    // To redact is stronger than to replace by what can be turned back.
    if (node.hit !== 'redact') node.hit = use;
  }
  return [root];
}

export const POINTER = /^(?:\/(?:[^~/]|~[01])+)+$/;

export function segmentsOf(pointer: string): readonly string[] {
  if (typeof pointer !== 'string' || !POINTER.test(pointer))
    throw new TypeError(`expected a pointer such as "/context/inputs/ssn", got ${JSON.stringify(pointer)}`);
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function descend(at: At, segment: string): At {
  if (at.length === 0) return at;
  let next: PathNode[] | undefined;
  for (const { children, any } of at) {
    const child = children.get(segment);
    if (child !== undefined) (next ??= []).push(child);
    if (any !== undefined) (next ??= []).push(any);
  }
  return next ?? NOWHERE;
}

export function useAt(at: At): PathUse | undefined {
  let found: PathUse | undefined;
  for (const { hit } of at) {
    if (hit === 'redact') return hit;
    found ??= hit;
  }
  return found;
}
