/** A version of HAProxy. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As HAProxy says it. */
  readonly text: string;
}

/** What we use that not every supported version has. */
export interface Features {
  /** A rule may end a connection with a TCP reset that arrives (`silent-drop rst-ttl`). */
  readonly resets: boolean;
  /** The subject of the CA at the end of a client's verified chain can be asked for (`ssl_c_r_dn`). */
  readonly rootName: boolean;
  /** The TLS handshake has a timeout of its own (`timeout client-hs`). */
  readonly handshakeTimeout: boolean;
  /** A connection may be counted in more than three tables (`tune.stick-counters`). */
  readonly counters: boolean;
  /** `reload` on the master's socket waits for the new worker and says how it went. */
  readonly reloadAnswers: boolean;
  /** Connections of clients may share tunnels; older versions were not tried. */
  readonly pools: boolean;
  /**
   * It may be told to take no notice of hang-ups (`tune.epoll.mask-events`). Else, while a connection is busy both ways,
   * it now and then takes the end of what was sent for read as soon as it has come, and what stands before it in the
   * socket's buffer is lost.
   */
  readonly wholeStreams: boolean;
}

/** The oldest that is supported: what Debian 12 has. */
export const oldest = '2.6';

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
  if (!isAtLeast(version, oldest))
    throw new Error(`HAProxy ${version.text} is too old: install ${oldest} or newer, best 3.0`);
  return version;
}

/** What a version can do. */
export function featuresOf(version: Version): Features {
  // both lines are tested; what lies between them counts as the older one
  const modern = isAtLeast(version, '3.0');
  return {
    ...{ resets: modern, rootName: modern, handshakeTimeout: modern },
    ...{ counters: modern, reloadAnswers: modern, pools: modern },
    // 3.1.8 was released together with 3.0.11, the oldest of which this is known
    wholeStreams: isAtLeast(version, isAtLeast(version, '3.1') ? '3.1.8' : '3.0.11'),
  };
}

function isAtLeast({ major, minor, patch }: Version, other: string): boolean {
  const [otherMajor = 0, otherMinor = 0, otherPatch = 0] = other.split('.').map(Number);
  if (major !== otherMajor) return major > otherMajor;
  return minor === otherMinor ? patch >= otherPatch : minor > otherMinor;
}
