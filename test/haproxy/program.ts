import type { Progress } from '../cluster/progress.js';
import type { Suite } from '../debian/apt.js';
import { ensureUnpacked, listed, type Unpacked } from '../debian/unpack.js';

/** The versions that are tested: what Debian 12 has, and what the manifests name. */
export const releases = { '2.6': 'bookworm', '3.0': 'trixie' } as const satisfies Record<string, Suite>;

/** A version that is tested. */
export type Release = keyof typeof releases;

const path = 'usr/sbin/haproxy';

/** The shared libraries that HAProxy needs, as ldd(1) prints them. */
export function librariesListed(unpacked: Pick<Unpacked, 'root'>): Promise<string> {
  return listed(unpacked, path);
}

/** HAProxy of a release, from Debian's packages. */
export function ensureHaproxy(release: Release, progress: Progress): Promise<Unpacked> {
  const suite = releases[release];
  return ensureUnpacked(
    { suite, path, packages: ['haproxy'], folder: `haproxy-${release}-${suite}-1` },
    progress,
  );
}
