/** A version of HAProxy; patch levels make no difference to us. */
export interface Version {
  readonly major: number;
  readonly minor: number;
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
}

/** The oldest that is supported: what Debian 12 has. */
export const oldest = '2.6';

/**
 * Reads a version out of what `haproxy -v` or `show info` prints.
 *
 * @throws when there is none, or when it is older than {@link oldest}
 */
export function readVersion(text: string): Version {
  const found = /\b(\d+)\.(\d+)[.-]\S+|\b(\d+)\.(\d+)\b/.exec(text);
  const [major, minor] = [Number(found?.[1] ?? found?.[3]), Number(found?.[2] ?? found?.[4])];
  if (found === null) throw new Error(`HAProxy does not say its version, but ${JSON.stringify(text)}`);
  const version = { major, minor, text: found[0] };
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
  };
}

function isAtLeast({ major, minor }: Version, other: string): boolean {
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && minor >= otherMinor);
}
