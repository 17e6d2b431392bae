/**
 * Reads each object once, and gives the same result again. Objects of a cache are never changed, so the object itself
 * is the key, and a result goes away with the cached object.
 */
export function onceEach<O extends object, Result>(read: (object: O) => Result): (object: O) => Result {
  const known = new WeakMap<O, { readonly result: Result }>();
  return (object) => {
    const before = known.get(object);
    if (before !== undefined) return before.result;
    const result = read(object);
    known.set(object, { result });
    return result;
  };
}
