/**
 * Whether a gateway has carried nothing for so long that no slice should list it; a HAProxy that restarts at once is
 * no reason to rewrite every slice.
 *
 * @param patience in milliseconds
 */
export function createOutage(patience: number) {
  let since: number | undefined;

  /** @param now by a monotonic clock, in milliseconds */
  return (problem: string | undefined, now: number): boolean => {
    if (problem === undefined) since = undefined;
    else since ??= now;
    return since !== undefined && now - since >= patience;
  };
}
