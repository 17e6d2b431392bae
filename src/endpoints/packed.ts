import type { EndpointSlice } from '../api/objects.js';
import type { CountedEndpoint } from './reach.js';

/** Where a slice holds its endpoints. */
const packedEndpoints = Symbol('packed endpoints');

/** One getter for all slices: with a function of its own each, V8 would keep each of them as a table of its own. */
const unpacking = {
  enumerable: true,
  get(this: { [packedEndpoints]: string }) {
    return unpack(this[packedEndpoints]);
  },
};

/**
 * A slice whose endpoints are held as text and read on demand: a cluster may have a million of them, and as objects
 * each takes ten times as much.
 *
 * @param packed as {@link packEndpoints} makes it
 */
export function withPacked<T extends Omit<EndpointSlice, 'endpoints'>>(
  slice: T,
  packed: string,
): T & EndpointSlice {
  Object.defineProperty(slice, packedEndpoints, { value: packed });
  return Object.defineProperty(slice, 'endpoints', unpacking);
}

/** The text of the endpoints of a slice that {@link withPacked} has made. */
export function packedOf(slice: Readonly<EndpointSlice>): string {
  return (
    (slice as Partial<{ [packedEndpoints]: string }>)[packedEndpoints] ?? packEndpoints(slice.endpoints ?? [])
  );
}

/** An endpoint in few letters: addresses, the three conditions, host name, UID of the pod, and for how many it stands. */
type Packed = [
  addresses: string[],
  conditions: string,
  hostname?: string | null,
  uid?: string | null,
  count?: number,
];

const conditionNames = ['ready', 'serving', 'terminating'] as const;

/** Endpoints as text, with what decides which of them a connection reaches. */
export function packEndpoints(endpoints: readonly Readonly<CountedEndpoint>[]): string {
  const rows = endpoints.map(({ addresses, conditions, hostname, targetRef, count }): Packed => {
    const marks = conditionNames.map((name) => {
      const said = conditions?.[name];
      return said === true ? 't' : said === false ? 'f' : '-';
    });
    const uid = targetRef?.uid;
    const row: Packed = [addresses, marks.join('')];
    if (hostname !== undefined || uid !== undefined || count !== undefined) row.push(hostname ?? null);
    if (uid !== undefined || count !== undefined) row.push(uid ?? null);
    if (count !== undefined) row.push(count);
    return row;
  });
  return JSON.stringify(rows);
}

function unpack(packed: string): CountedEndpoint[] {
  const rows = JSON.parse(packed) as Packed[];
  return rows.map(([addresses, marks, hostname, uid, count]) => ({
    addresses,
    conditions: Object.fromEntries(
      conditionNames.flatMap((name, at) => (marks[at] === '-' ? [] : [[name, marks[at] === 't']])),
    ),
    ...(typeof hostname === 'string' && { hostname }),
    ...(typeof uid === 'string' && { targetRef: { uid } }),
    ...(count !== undefined && { count }),
  }));
}
