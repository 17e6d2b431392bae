import type { Address } from '../../net/address.js';

/**
 * The order in which addresses are tried: those that answered the last probe first, each group shuffled so that new
 * connections spread.
 *
 * @param random 0 up to, but not 1
 */
export function inOrder<A extends Address>(
  addresses: readonly A[],
  answering: readonly Address[],
  random: () => number,
): A[] {
  const good = new Set(answering.map(keyOf));
  const shuffled = shuffle(addresses, random);
  return [
    ...shuffled.filter((address) => good.has(keyOf(address))),
    ...shuffled.filter((address) => !good.has(keyOf(address))),
  ];
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`;
}

/** Fisher and Yates. */
function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let end = result.length - 1; end > 0; end--) {
    const pick = Math.floor(random() * (end + 1));
    [result[end], result[pick]] = [result[pick]!, result[end]!];
  }
  return result;
}
