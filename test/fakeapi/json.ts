/** A JSON object of any shape. */
export type Fields = Record<string, unknown>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists of things with a `type` (conditions) are maps by it; all others are taken as a whole. */
export function isTyped(value: unknown): value is (Fields & { type: string })[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isFields(item) && 'type' in item);
}

/** RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Fields = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch))
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  return merged;
}
