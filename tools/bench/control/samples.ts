import type { EndpointSlice, KubeObject, Service } from '../../../src/api/objects.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';

/** What the operator wrote for one mirror, without what an API server fills in. */
export interface Samples {
  /** Name of that mirror; it is the name of its Service, too. */
  readonly name: string;
  readonly service: Service;
  readonly slice: EndpointSlice;
  readonly status: NonNullable<ServiceMirror['status']>;
}

/** Makes a sample of what is in London. */
export function samplesOf(service: Service, slice: EndpointSlice, mirror: ServiceMirror): Samples {
  const copy = withoutServerFields(service);
  delete copy.spec.clusterIP;
  delete (copy.spec as { clusterIPs?: unknown }).clusterIPs;
  const { name } = mirror.metadata;
  return { name, service: copy, slice: withoutServerFields(slice), status: mirror.status! };
}

/** The same objects for another name. @param uid of its mirror, which owns the Service */
export function sampleFor(samples: Samples, name: string, uid: string | undefined): Samples {
  const { name: sampled } = samples;
  const word = new RegExp(`(?<![\\w-])${sampled}(?![0-9a-z])`, 'g');
  const copy = JSON.parse(JSON.stringify(samples).replaceAll(word, name)) as Samples;
  for (const owner of copy.service.metadata.ownerReferences ?? []) owner.uid = uid ?? owner.uid;
  return copy;
}

function withoutServerFields<T extends KubeObject>(object: T): T {
  const copy = structuredClone(object);
  for (const field of ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'])
    delete (copy.metadata as unknown as Record<string, unknown>)[field];
  return copy;
}
