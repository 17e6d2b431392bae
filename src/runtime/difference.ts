type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

/**
 * The merge patch (RFC 7396) that makes every field of `desired` true of `actual`; undefined when they already are.
 * `null` removes a field. Fields that only `actual` has are ignored; arrays are compared and written whole. Empty
 * equals absent, because the API server stores neither.
 */
export function difference(desired: Fields, actual: Fields | undefined): Record<string, Json> | undefined {
  const patch: Record<string, Json> = {};
  for (const [name, wish] of Object.entries(desired)) {
    if (wish === undefined) continue;
    const found = actual?.[name];
    if (isFields(wish)) {
      if (isFields(found)) {
        const below = difference(wish, found);
        if (below !== undefined) patch[name] = below;
      } else {
        const whole = withoutNulls(wish);
        if (!isEmpty(whole) || !isEmpty(found)) patch[name] = whole;
      }
    } else if (!equal(wish, found)) patch[name] = wish;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Whether two JSON values are the same: fields in any order, arrays in theirs; empty or null equals absent. */
export function equal(a: Json, b: Json): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  if (!isFields(a) || !isFields(b)) return false;
  return (
    Object.keys(a).every((name) => equal(a[name], b[name])) &&
    Object.keys(b).every((name) => Object.hasOwn(a, name) || isEmpty(b[name]))
  );
}

/**
 * Whether everything in `desired` is true of `actual`. List elements with a `type` (conditions) are matched by it,
 * because their list may contain conditions of other writers; other lists must be equal.
 */
export function covers(actual: Json, desired: Json): boolean {
  if (isFields(desired) && isFields(actual))
    return Object.entries(desired).every(([name, wish]) => wish === undefined || covers(actual[name], wish));
  if (!isTyped(actual)) return equal(actual, desired);
  // an empty list says nothing about the conditions of other writers
  if (Array.isArray(desired) && desired.length === 0) return true;
  if (!isTyped(desired)) return false;
  return desired.every((wish) =>
    covers(
      actual.find((item) => item.type === wish.type),
      wish,
    ),
  );
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTyped(value: Json): value is Fields[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isFields(item) && item.type !== undefined)
  );
}

function isEmpty(value: Json): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.values(value).every((item) => item === undefined);
}

function withoutNulls(value: Json): Json {
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null && item !== undefined)
      .map(([name, item]) => [name, withoutNulls(item)]),
  );
}

/** The desired data of a ConfigMap, with a null for each key to remove (RFC 7396). */
export function exactly(
  wanted: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const gone = Object.keys(actual ?? {}).filter((key) => !(key in wanted));
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...wanted } as Record<string, string>;
}
