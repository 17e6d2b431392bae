/**
 * Whether two values are alike down to a depth: equal values, or lists, maps or plain objects with alike parts. Below
 * that depth only the same object counts, since comparing everything may cost more than the answer saves. So true
 * means equal, and false may mean nothing. Do not ask about objects that are changed in place.
 */
export function alike(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (depth === 0 || !isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((part, at) => alike(part, b[at], depth - 1));
  if (a instanceof Map && b instanceof Map)
    return (
      a.size === b.size && [...a].every(([key, value]) => b.has(key) && alike(value, b.get(key), depth - 1))
    );
  if (!isPlain(a) || !isPlain(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && alike(a[name], b[name], depth - 1))
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}
