/** Writes a time in the form of metav1.MicroTime: RFC 3339, UTC, six decimals; a Date alone has only three. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
