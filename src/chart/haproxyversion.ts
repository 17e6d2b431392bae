/** The first patch releases that lose no data (docs/gateway.md, HAProxy), by minor release; later minors never do. */
const first: Readonly<Record<string, number>> = { '3.0': 11, '3.1': 8 };

/** Repositories whose tags are HAProxy's versions, whatever registry they are in. */
const versioned = /^haproxy(-alpine|-debian|-ubuntu|-aws-lc)?$/;

/**
 * Whether an image may carry the traffic, by its tag. If the tag says nothing (another name, a digest, `3.0`), it
 * may.
 */
export function mayRun(image: string): boolean {
  const [named = ''] = image.split('@');
  const [, repository = '', tag = ''] = /([^/:]+)(?::([^/]+))?$/.exec(named) ?? [];
  const [, major, minor, patch] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\d.])/.exec(tag) ?? [];
  if (!versioned.test(repository) || major === undefined) return true;
  if (Number(major) < 3) return false;
  const least = first[`${major}.${minor}`];
  return least === undefined || patch === undefined || Number(patch) >= least;
}
