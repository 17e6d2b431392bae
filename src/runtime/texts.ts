/** Puts one text in the place of all equal ones, in a fresh object and all below it, and returns that object. */
export type ShareTexts = <T>(value: T) => T;

/** V8 itself shares shorter texts when it parses JSON; longer ones are seldom equal. */
const [shortest, longest] = [11, 256];

/**
 * Makes an empty table. `JSON.parse` makes a text of its own for each value, and most texts of 10,000 mirrors say the
 * same: times, messages, UIDs of owners, labels.
 *
 * @param most texts that are known at most; then it begins anew
 */
export function createTexts(most = 16_384): ShareTexts {
  const known = new Map<string, string>();

  const one = (text: string): string => {
    if (text.length < shortest || text.length > longest) return text;
    const there = known.get(text);
    if (there !== undefined) return there;
    if (known.size >= most) known.clear();
    known.set(text, text);
    return text;
  };

  const share = <T>(value: T): T => {
    if (typeof value === 'string') return one(value) as T;
    // what is frozen is shared already
    if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      const before = fields[name];
      const after = share(before);
      if (typeof after === 'string') fields[name] = after;
    }
    return value;
  };
  return share;
}
