import type { Progress } from '../clusters/progress.js';
import { ensureUnpacked, listed, type Unpacked } from './unpack.js';

const path = 'usr/sbin/haproxy';

/** The shared libraries that HAProxy needs, as ldd(1) prints them. */
export function librariesListed(unpacked: Pick<Unpacked, 'root'>): Promise<string> {
  return listed(unpacked, path);
}

/** HAProxy 3.0, from Debian's packages. */
export function ensureHaproxy(progress: Progress): Promise<Unpacked> {
  return ensureUnpacked({ path, packages: ['haproxy'], folder: 'haproxy-3.0-trixie-1' }, progress);
}
