import { joinName } from '../api/names.js';
import type { MirrorInput, SliceContent } from './view.js';

/**
 * The beginnings of the names of the backends' slices, in the order of the backends. One backend at most has slices with
 * short names, which begin with the Service's name alone; those of others have their cluster's name in theirs, too.
 *
 * Short names go to the first backend when its slices are new. After that slices keep their names, wherever the spec lists
 * their cluster: a name that another backend's slice still has would be one object with two contents, and a slice that
 * gets another name is missing for a moment.
 */
export function sliceNames(
  backends: MirrorInput['backends'],
  service: string,
): readonly (readonly string[])[] {
  const short = [service, 'mirror'];
  const named = backends.map(({ view: { backend, slices } }) => {
    const long = [...short, backend.cluster];
    return { long, hasShort: hasNamesLike(short, slices), hasLong: hasNamesLike(long, slices) };
  });
  const holders = named.filter(({ hasShort }) => hasShort);
  return named.map((one, at) => {
    const isShort = holders.length === 0 ? at === 0 && !one.hasLong : holders.length === 1 && one.hasShort;
    return isShort ? short : one.long;
  });
}

/** The name of one slice, of those of its family. */
export function sliceName(
  prefix: readonly string[],
  family: SliceContent['addressType'],
  index: number,
): string {
  return joinName(...prefix, family.toLowerCase(), String(index));
}

function hasNamesLike(prefix: readonly string[], slices: MirrorInput['view']['slices']): boolean {
  const beginning = `${joinName(...prefix)}-`;
  return slices.some(
    ({ metadata: { name } }) =>
      name.startsWith(beginning) && /^ipv[46]-\d+$/.test(name.slice(beginning.length)),
  );
}
