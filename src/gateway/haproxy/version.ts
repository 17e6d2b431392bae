/** A version of HAProxy. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The text that HAProxy prints. */
  readonly text: string;
}

/**
 * The oldest supported version: the first of its line that can ignore hang-ups (`tune.epoll.mask-events`). Without
 * that, the end of a stream that is busy both ways is lost now and then.
 */
export const oldest = '3.0.11';

/** The first of 3.1 that can, released together with {@link oldest}. */
const oldestOf31 = '3.1.8';

/**
 * Reads a version out of what `haproxy -v` or `show info` prints.
 *
 * @throws when there is none, or when it is older than {@link oldest}
 */
export function readVersion(text: string): Version {
  const found = /\b(\d+)\.(\d+)(?:\.(\d+))?(?:[.-]\S+)?/.exec(text);
  if (found === null) throw new Error(`HAProxy does not say its version, but ${JSON.stringify(text)}`);
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map((digits) => Number(digits ?? 0));
  const version = { major, minor, patch, text: found[0] };
  const floor = major === 3 && minor === 1 ? oldestOf31 : oldest;
  if (!isAtLeast(version, floor))
    throw new Error(
      `HAProxy ${version.text} is too old: it must be ${floor} or newer; --implementation node does without, for a first try`,
    );
  return version;
}

function isAtLeast({ major, minor, patch }: Version, other: string): boolean {
  const [otherMajor = 0, otherMinor = 0, otherPatch = 0] = other.split('.').map(Number);
  if (major !== otherMajor) return major > otherMajor;
  return minor === otherMinor ? patch >= otherPatch : minor > otherMinor;
}
