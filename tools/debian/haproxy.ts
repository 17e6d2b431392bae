import { haproxyBuilds, type HaproxyBuild } from '../../src/chart/install.js';
import { ensureAwsLcHaproxy } from '../awslc/haproxy.js';
import type { Progress } from '../clusters/progress.js';
import { ensureUnpacked, listed, type Unpacked } from './unpack.js';

const path = 'usr/sbin/haproxy';

/** The shared libraries that HAProxy needs, as ldd(1) prints them. */
export function librariesListed(unpacked: Pick<Unpacked, 'root'>): Promise<string> {
  return listed(unpacked, path);
}

/**
 * HAProxy 3.0: Debian's package, which is on OpenSSL, or the build on AWS-LC.
 *
 * @param build by default what the environment variable HAPROXY_BUILD says, so that every test can run over either
 */
export async function ensureHaproxy(progress: Progress, build = chosenBuild()): Promise<Unpacked> {
  if (build === 'aws-lc') return ensureAwsLcHaproxy('optional', progress);
  return ensureUnpacked({ path, packages: ['haproxy'], folder: 'haproxy-3.0-trixie-1' }, progress);
}

/** The build that the environment asks for. @throws when it is none */
export function chosenBuild({ HAPROXY_BUILD: asked = '' }: NodeJS.ProcessEnv = process.env): HaproxyBuild {
  const found = haproxyBuilds.find((build) => build === (asked === '' ? 'stock' : asked));
  if (found === undefined)
    throw new Error(`HAPROXY_BUILD: "${asked}" is not one of ${haproxyBuilds.join(', ')}`);
  return found;
}
