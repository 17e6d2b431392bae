import { parseServiceMirror } from '../../api/parse.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { whyNotAccepted } from '../../mirror/accept.js';
import type { Family } from '../../mirror/family.js';
import { isOwned, sourceOf } from '../../mirror/source.js';
import {
  localName,
  remoteOf,
  type TransportAnswer,
  type MirrorView,
  type Reason,
  type Source,
  type TransportLimits,
  type TransportMetadata,
} from '../../mirror/view.js';
import type { GatewayFacts } from '../../transport/transport.js';
import { transports } from '../../transport/transports.js';
import type { Clock } from '../../runtime/clock.js';
import { matches } from '../../runtime/selector.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { Remotes } from '../link/remotes.js';
import { indexOf, type LocalCaches } from '../caches.js';
import type { FamilyRegistry } from './families.js';
import type { PortReservations } from './portallocation.js';

/** What gathering reads. */
export interface Sources {
  readonly caches: LocalCaches;
  readonly remotes: Remotes;
  readonly ports: PortReservations;
  readonly links: PeerRegistry;
  readonly facts: (link: string) => GatewayFacts;
  /** Families that the local API server gives no Service. */
  readonly families: Pick<FamilyRegistry, 'absent'>;
  readonly clock: Clock;
}

/** Everything that was gathered and concluded about one mirror; the three mirror controllers decide from it. */
export interface MirrorInput {
  readonly view: MirrorView;
  readonly source: Source;
  readonly notAccepted: Reason | undefined;
  readonly limits: TransportLimits | undefined;
  readonly metadata: TransportMetadata | undefined;
  /** The families that the mirror's endpoints have; undefined: not known, or of no account. */
  readonly families: readonly Family[] | undefined;
  readonly answer: TransportAnswer | undefined;
}

/** The input for one mirror as the caches show it now; undefined when there is no such mirror. */
export function gather(key: string, sources: Sources): MirrorInput | undefined {
  const mirror = sources.caches.mirrors.get(key);
  if (mirror === undefined) return undefined;
  const view = look(mirror, sources);
  const { link } = view;
  const transport = link === undefined ? undefined : transports[link.spec.transport];
  const limits = transport?.limits;
  const source = sourceOf(view, limits);
  const known = source.kind === 'live' || source.kind === 'remembered' ? source : undefined;
  const usable = link !== undefined && transport !== undefined;
  const input =
    usable && known !== undefined
      ? { view, link, source: known, facts: sources.facts(link.metadata.name) }
      : undefined;
  const families = input === undefined ? undefined : transport?.families(input);
  const notAccepted = whyNotAccepted({
    view,
    source,
    matches,
    families,
    ...(limits !== undefined && { limits }),
  });
  return {
    view,
    source,
    notAccepted,
    limits,
    metadata: usable ? transport.metadata({ view, link }) : undefined,
    families,
    answer: input !== undefined && notAccepted === undefined ? transport?.answer(input) : undefined,
  };
}

function look(
  mirror: Readonly<ServiceMirror>,
  { caches, remotes, ports, links, families, clock }: Sources,
): MirrorView {
  const namespaceName = mirror.metadata.namespace ?? '';
  const serviceKey = indexOf.localService(namespaceName, localName(mirror));
  const parsed = parseServiceMirror(mirror);
  const link = links.get(mirror.spec.cluster);
  const namespace = caches.namespaces.get(namespaceName);
  const local = caches.services.get(serviceKey);
  const remote = remoteOf(mirror);
  const view = remotes.view(mirror.spec.cluster, remote.namespace, remote.name);
  return {
    mirror,
    problems: parsed.ok ? [] : parsed.problems,
    ...(link !== undefined && { link }),
    linkProblems: links.problems(mirror.spec.cluster),
    ...(namespace !== undefined && { namespace }),
    ...(local !== undefined && { local }),
    slices:
      local === undefined
        ? []
        : caches.slices.by('service', serviceKey).filter((slice) => isOwned(slice, local)),
    ...(view !== undefined && { remote: view }),
    gatewayPorts: ports.held(mirror),
    absentFamilies: families.absent(),
    now: clock.now(),
  };
}
