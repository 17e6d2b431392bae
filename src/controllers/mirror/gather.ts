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
import { alike } from '../../runtime/alike.js';
import { matches } from '../../runtime/selector.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { Remotes } from '../link/remotes.js';
import { indexOf, type LocalCaches } from '../caches.js';
import type { FamilyRegistry } from './families.js';
import type { PortReservations } from './portreservations.js';

/** What gathering reads. */
export interface Sources {
  readonly caches: LocalCaches;
  readonly remotes: Remotes;
  readonly ports: PortReservations;
  readonly links: PeerRegistry;
  readonly facts: (link: string) => GatewayFacts;
  /** Families that the local API server gives no Service. */
  readonly families: Pick<FamilyRegistry, 'absent'>;
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

/** Gathers the input for the mirror of that key; undefined when there is none. */
export type Gather = (key: string) => MirrorInput | undefined;

/** So many inputs are remembered: three controllers come for each within a moment. */
const most = 2_000;

/** How deep two readings are compared: below that are objects of caches, and what egress pods have applied. */
const levels = 8;

/**
 * Makes the one {@link Gather} that the three mirror controllers share. It reads all caches each time, which costs little,
 * and concludes anew when something that it read is not what it was. So for one change it concludes once, whichever of the
 * three comes first, and what it gives back is never older than the caches.
 */
export function createGather(sources: Sources): Gather {
  const known = new Map<string, { readonly reading: Reading; readonly input: MirrorInput }>();
  return (key) => {
    const mirror = sources.caches.mirrors.get(key);
    const before = known.get(key);
    known.delete(key);
    if (mirror === undefined) return undefined;
    const reading = read(mirror, sources);
    const isSame = before !== undefined && alike(before.reading, reading, levels);
    const now = isSame ? before : { reading, input: conclude(reading) };
    known.set(key, now);
    // the first is the one that was asked for longest ago
    if (known.size > most) known.delete(known.keys().next().value ?? '');
    return now.input;
  };
}

/** All that is read of one mirror; what is concluded follows from it alone. */
interface Reading {
  readonly view: MirrorView;
  readonly facts: GatewayFacts | undefined;
}

function conclude({ view, facts }: Reading): MirrorInput {
  const { link } = view;
  const transport = link === undefined ? undefined : transports[link.spec.transport];
  const limits = transport?.limits;
  const source = sourceOf(view, limits);
  const known = source.kind === 'live' || source.kind === 'remembered' ? source : undefined;
  const input =
    link !== undefined && facts !== undefined && known !== undefined
      ? { view, link, source: known, facts }
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
    metadata: link === undefined ? undefined : transport?.metadata({ view, link }),
    families,
    answer: input !== undefined && notAccepted === undefined ? transport?.answer(input) : undefined,
  };
}

function read(mirror: Readonly<ServiceMirror>, sources: Sources): Reading {
  const view = look(mirror, sources);
  return { view, facts: view.link && sources.facts(view.link.metadata.name) };
}

function look(
  mirror: Readonly<ServiceMirror>,
  { caches, remotes, ports, links, families }: Sources,
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
  };
}
