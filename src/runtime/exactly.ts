/** The desired data of a ConfigMap, with a null for each key to remove (RFC 7396). */
export function exactly(
  wanted: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const gone = Object.keys(actual ?? {}).filter((key) => !(key in wanted));
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...wanted } as Record<string, string>;
}
