/**
 * "applicant.id", "choices.0.text": members by name, of plain objects, class instances and maps alike. A member that has dots in its name
 * is found by it. undefined where the path leads nowhere.
 */
export function readPath(value: unknown, path: string): unknown {
  if (isObject(value) && Object.hasOwn(value, path)) return (value as Record<string, unknown>)[path];
  let at = value;
  for (const name of path.split('.')) {
    if (at instanceof Map) at = (at as Map<unknown, unknown>).get(name);
    else if (isObject(at)) at = (at as Record<string, unknown>)[name];
    else return undefined;
  }
  return at;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
