import type { EndpointSlice, KubeObject, Service } from '../../../src/api/objects.js';
import type { ServiceMirror } from '../../../src/api/servicemirror.js';

/** What the operator wrote for one mirror, without what an API server fills in. */
export interface Samples {
  readonly mirror: Named;
  readonly service: Service;
  readonly slice: EndpointSlice;
  readonly status: NonNullable<ServiceMirror['status']>;
}

/** A mirror; its Service has the same name, in the same namespace. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Makes a sample of what is in London. */
export function samplesOf(service: Service, slice: EndpointSlice, mirror: ServiceMirror): Samples {
  const copy = withoutServerFields(service);
  delete copy.spec.clusterIP;
  delete (copy.spec as { clusterIPs?: unknown }).clusterIPs;
  const { name, namespace = '' } = mirror.metadata;
  return {
    mirror: { name, namespace },
    ...{ service: copy, slice: withoutServerFields(slice), status: mirror.status! },
  };
}

/** The same objects for another mirror. @param uid of the mirror, which owns the Service */
export function sampleFor(samples: Samples, mirror: Named, uid: string | undefined): Samples {
  const text = (['name', 'namespace'] as const).reduce(
    (all, part) => all.replaceAll(word(samples.mirror[part]), mirror[part]),
    JSON.stringify(samples),
  );
  const copy = JSON.parse(text) as Samples;
  for (const owner of copy.service.metadata.ownerReferences ?? []) owner.uid = uid ?? owner.uid;
  return copy;
}

function word(text: string): RegExp {
  return new RegExp(`(?<![\\w-])${text}(?![0-9a-z])`, 'g');
}

function withoutServerFields<T extends KubeObject>(object: T): T {
  const copy = structuredClone(object);
  for (const field of ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields'])
    delete (copy.metadata as unknown as Record<string, unknown>)[field];
  return copy;
}
