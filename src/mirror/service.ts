import type { Service } from '../api/objects.js';
import { familiesServed, isAnyUnseen, leadingBackend, type LiveBackend } from './backends.js';
import { familiesOf, type Family } from './family.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver } from './metadata.js';
import { specOf, type DesiredSpec } from './servicespec.js';
import { isHeadless, isOwned } from './source.js';
import { keyOfPort, portsOfMirror } from './shownports.js';
import { goingOf, localName, type KnownSource, type MirrorInput, type MirrorView } from './view.js';

/** A Service to write: `null` means that a field must be absent. */
export type DesiredService = Omit<Service, 'spec' | 'status'> & { spec: DesiredSpec };

/** The decision about the local Service. */
export type ServiceDecision =
  | { readonly kind: 'keep' }
  | { readonly kind: 'write'; readonly service: DesiredService }
  /** The Service has to be replaced: its cluster IP cannot be changed, removed or added. */
  | {
      readonly kind: 'replace';
      readonly obsolete: Readonly<Service>;
      /** The property of the mirror's endpoints that requires it. */
      readonly because: string;
    };

/**
 * Decides the local Service. Only a live source leads to a write: whatever else is wrong, an existing Service and its
 * cluster IP stay as they are.
 */
export function decideService(input: MirrorInput): ServiceDecision {
  const leading = leadingBackend(input);
  if (leading === undefined) return { kind: 'keep' };
  const { local, mirror } = input.view;
  // a Service that is being deleted cannot be replaced before its finalizers are done, and nobody needs its last
  // fields
  if (local?.metadata.deletionTimestamp !== undefined) return { kind: 'keep' };
  const families = familiesServed(input);
  const isGoing = goingOf(input.view) !== undefined;
  if (local !== undefined && isOwned(local, mirror)) {
    const because = inTheWay(local, leading.source, families);
    if (because !== undefined)
      return isGoing ? { kind: 'keep' } : { kind: 'replace', obsolete: local, because };
  } else if (isGoing) return { kind: 'keep' };
  return { kind: 'write', service: desiredService(input, leading, families) };
}

/** The parts of a Service that cannot be changed: whether it has a cluster IP, and the family of the first one. */
function inTheWay(
  local: Readonly<Service>,
  source: KnownSource,
  families: readonly Family[] | undefined,
): string | undefined {
  if (isHeadless(local) !== source.headless)
    return source.headless ? 'the remote service is headless now' : 'the remote service has a cluster IP now';
  const [only, other] = families ?? [];
  if (source.headless || only === undefined || other !== undefined) return undefined;
  if ((local.spec.clusterIP ?? '') === '') return undefined;
  return familiesOf(local)[0] === only ? undefined : `its endpoints have ${only} addresses now`;
}

function desiredService(
  input: MirrorInput,
  leading: LiveBackend,
  families: readonly Family[] | undefined,
): DesiredService {
  const { view, backends } = input;
  const { mirror } = view;
  const { link } = leading.view;
  const { limits, metadata } = leading;
  const source = isAnyUnseen(input) ? withPortsOf(view, leading.source) : leading.source;
  const taken = takenOver(source.service?.metadata, link?.spec.imports);
  // the first backend names the Service, whichever it follows now, so that nothing changes in it when another one
  // leads
  const { backend } = backends[0].view;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: localName(mirror),
      namespace: mirror.metadata.namespace ?? '',
      labels: { ...taken.labels, ...ownLabels(mirror, backend), ...metadata?.labels },
      annotations: { ...taken.annotations, ...ownAnnotations(backend), ...metadata?.annotations },
      ownerReferences: [controllerRef(mirror)],
    },
    spec: specOf({ source, limits, families }),
  };
}

/** A cluster that has not been seen yet may have ports that the leading one lacks: the Service keeps those that it has. */
function withPortsOf(view: MirrorView, source: KnownSource): KnownSource {
  const known = new Set(source.ports.flatMap((port) => [keyOfPort(port), `${port.name ?? ''}`]));
  const kept = portsOfMirror(view).filter(
    (port) => !known.has(keyOfPort(port)) && (port.name === undefined || !known.has(port.name)),
  );
  return { ...source, ports: [...source.ports, ...kept] };
}
