/** Patch releases from which on all data arrives (docs/gateway.md, Limits), by minor release; later minors always do. */
const first: Readonly<Record<string, number>> = { '3.0': 11, '3.1': 8 };

/** Repositories whose tags are HAProxy's versions, whatever registry they are in. */
const versioned = /^haproxy(-alpine|-debian|-ubuntu)?$/;

/** Whether an image may move the bytes, as far as its tag tells. What tells nothing may: an own name, a digest, `3.0`. */
export function mayRun(image: string): boolean {
  const [named = ''] = image.split('@');
  const [, repository = '', tag = ''] = /([^/:]+)(?::([^/]+))?$/.exec(named) ?? [];
  const [, major, minor, patch] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?![\d.])/.exec(tag) ?? [];
  if (!versioned.test(repository) || major === undefined) return true;
  if (Number(major) < 3) return false;
  const least = first[`${major}.${minor}`];
  return least === undefined || patch === undefined || Number(patch) >= least;
}
