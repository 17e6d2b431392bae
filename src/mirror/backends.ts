import { keys } from '../api/names.js';
import { placeOf, type RemoteService } from '../api/backends.js';
import type { EndpointSlice } from '../api/objects.js';
import type { Family } from '../endpoints/family.js';
import { ownAnnotations } from './metadata.js';
import type { Backend, KnownSource, MirrorInput, Reason, TransportLimits } from './view.js';

/**
 * The reason why a mirror is not accepted: none of its backends may serve it, and the reason is that of the first
 * one.
 */
export function whyNoneAccepted({ backends }: Pick<MirrorInput, 'backends'>): Reason | undefined {
  return backends.every(({ notAccepted }) => notAccepted !== undefined) ? backends[0].notAccepted : undefined;
}

/** A backend that may serve, and whose remote service is seen. */
export type LiveBackend = Backend & { readonly source: KnownSource; readonly limits: TransportLimits };

/**
 * The backend that the local Service follows, of those that may serve and are seen: of those with ready endpoints the
 * one that is to serve first, by weight and priority; of several such, the one with the oldest remote Service. So a
 * cluster that stands by never changes the ports of those that serve.
 */
export function leadingBackend({ view, backends }: MirrorInput): LiveBackend | undefined {
  const live = backends.filter(
    (backend): backend is LiveBackend =>
      backend.notAccepted === undefined && backend.source.kind === 'live' && backend.limits !== undefined,
  );
  const ready = live.filter(({ source }) => source.ready > 0);
  const rankOf = ({ view: { backend } }: LiveBackend) => {
    const { priority, weight } = placeOf(view.mirror, backend.cluster);
    return weight === 0 ? Infinity : priority;
  };
  const all = ready.length > 0 ? ready : live;
  const first = Math.min(...all.map(rankOf));
  return all.filter((backend) => rankOf(backend) === first).toSorted(byAge)[0];
}

function byAge(one: LiveBackend, other: LiveBackend): number {
  const [a, b] = [one, other].map(
    ({ source, view }) => `${source.service?.metadata.creationTimestamp ?? ''} ${view.backend.cluster}`,
  ) as [string, string];
  return a < b ? -1 : 1;
}

/** Whether a backend that may serve has not been seen since the start. */
export function isAnyUnseen({ backends }: Pick<MirrorInput, 'backends'>): boolean {
  return backends.some(
    ({ notAccepted, source }) =>
      notAccepted === undefined && (source.kind === 'unknown' || source.kind === 'remembered'),
  );
}

/** The address families of the endpoints of all backends that may serve; undefined: not known, or irrelevant. */
export function familiesServed({ backends }: Pick<MirrorInput, 'backends'>): readonly Family[] | undefined {
  const all = backends.filter(({ notAccepted }) => notAccepted === undefined).map(({ families }) => families);
  return all.some((families) => families === undefined)
    ? undefined
    : [...new Set(all.flatMap((families) => families ?? []))];
}

/** Whether a slice was written for that service; a slice without that annotation may have been. */
export function isSliceOf({ metadata }: Readonly<EndpointSlice>, backend: RemoteService): boolean {
  const is = (wanted: Readonly<Record<string, string>>, found: Readonly<Record<string, string>> = {}) =>
    Object.entries(wanted).every(([key, value]) => (found[key] ?? value) === value);
  return (
    is({ [keys.link]: backend.cluster }, metadata.labels) && is(ownAnnotations(backend), metadata.annotations)
  );
}
