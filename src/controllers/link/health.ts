import { timestamp, toConditions } from '../../api/conditions.js';
import { discoveryOf, type Link } from '../../api/link.js';
import type { LinkGatewayStatus } from '../../api/linkstatus.js';
import { writeAddress } from '../../net/address.js';
import { servedPeer, type PeerDecision } from '../../peers/decide.js';
import type { EgressPod, GatewayFacts, ProbedGateway } from '../../transport/transport.js';
import type { Clock } from '../../runtime/clock.js';
import type { DesiredLinkCondition } from './contact.js';
import type { PeerRegistry } from './peerregistry.js';
import type { GatewayProbes } from './probes.js';
import type { LinkStatuses, LinkStatusPart } from './statuswrites.js';

/** The dependencies of the health controller. */
export interface HealthReconcilerOptions {
  readonly registry: PeerRegistry;
  readonly probes: GatewayProbes;
  readonly facts: (link: string) => GatewayFacts;
  readonly statuses: LinkStatuses;
  readonly clock: Clock;
}

/** The field manager of this controller's part of a Link's status. */
const manager = 'service-mirror-health';

/** Watches the remote gateways, and writes only `GatewayHealthy` and `gateway` of Links. */
export function reconcileHealth(
  options: HealthReconcilerOptions,
): (name: string) => Promise<{ requeueAfter: number } | void> {
  const { registry, probes, facts, statuses, clock } = options;
  return async (name) => {
    const link = registry.get(name);
    if (link?.spec.transport !== 'linkerd') probes.drop(name);
    else probes.ensure(link);
    if (link !== undefined) return statuses.write(name, { manager, decide });
  };

  function decide({ metadata, status }: Readonly<Link>): LinkStatusPart | undefined {
    const { name, generation } = metadata;
    const [link, peer] = [registry.get(name), registry.peer(name)];
    const desired = link && healthCondition(link, peer, facts(name));
    if (link === undefined || desired === undefined) return undefined;
    const gateway = gatewayOf(link, peer, facts(name));
    const now = timestamp(clock.now());
    return {
      conditions: toConditions([desired], status?.conditions, { now, generation }),
      ...(gateway !== undefined && { gateway }),
    };
  }
}

/** The condition of the path for traffic; undefined: not known yet, so that the present one stays. */
export function healthCondition(
  link: Readonly<Link>,
  peer: PeerDecision | undefined,
  facts: GatewayFacts,
): DesiredLinkCondition | undefined {
  switch (link.spec.transport) {
    case 'flat':
      return desiredHealth('Unknown', 'NotUsed', 'transport flat uses no gateway');
    case 'linkerd':
      return probedCondition(facts.probed);
    case 'gateway':
      return tunnelCondition(link, peer, facts);
    default:
      return link.spec.transport satisfies never;
  }
}

function desiredHealth(
  status: DesiredLinkCondition['status'],
  reason: DesiredLinkCondition['reason'],
  message: string,
): DesiredLinkCondition {
  return { type: 'GatewayHealthy', status, reason, message };
}

function probedCondition(probed: ProbedGateway | undefined): DesiredLinkCondition | undefined {
  if (probed?.health === undefined) return undefined;
  const { healthy, reason, message } = probed.health;
  return desiredHealth(healthy ? 'True' : 'False', reason, message);
}

/** Adds the reason why nothing newer is known of the peer: only the peer's own people can fix that. */
function tunnelCondition(
  link: Readonly<Link>,
  peer: PeerDecision | undefined,
  facts: GatewayFacts,
): DesiredLinkCondition | undefined {
  const way = wayCondition(link, peer, facts);
  const remark = peer?.kind === 'peer' ? peer.remark : undefined;
  return way === undefined || remark === undefined ? way : { ...way, message: `${way.message}; ${remark}` };
}

function wayCondition(
  link: Readonly<Link>,
  peer: PeerDecision | undefined,
  { egress }: GatewayFacts,
): DesiredLinkCondition | undefined {
  if (peer?.kind === 'problem')
    return desiredHealth(peer.reason === 'Pending' ? 'Unknown' : 'False', peer.reason, peer.message);
  const dialsIn = peer?.peer.dialsIn === true;
  if (discoveryOf(link.spec) === undefined && !dialsIn)
    return desiredHealth('Unknown', 'NotUsed', 'nothing is imported over this Link');
  if (peer === undefined) return undefined;
  if (peer.peer.addresses.length === 0 && !dialsIn) {
    return desiredHealth(
      'False',
      'Unresolved',
      `cluster "${peer.peer.cluster}" publishes no gateway address; its Service service-mirror-ingress waits for a load balancer, or set spec.gateway.addresses`,
    );
  }
  if (!egress.complete) return undefined;
  if (egress.pods.length === 0)
    return desiredHealth(
      'False',
      'NoLocalGateway',
      'no egress gateway pod runs in this cluster; see Deployment service-mirror-egress',
    );
  const where = dialsIn ? `cluster "${peer.peer.cluster}", which dials in,` : undefined;
  return reportedCondition(link.metadata.name, egress.pods, where);
}

/** @param where names the gateway; undefined: the addresses that answer do */
function reportedCondition(
  link: string,
  pods: readonly EgressPod[],
  where: string | undefined,
): DesiredLinkCondition | undefined {
  const reports = pods.flatMap(({ applied }) => applied?.links.get(link) ?? []);
  const ended = reports.filter(({ reason }) => reason !== undefined);
  if (reports.length === 0 && pods.every(({ applied }) => applied === undefined)) {
    return desiredHealth(
      'False',
      'NoLocalGateway',
      'no egress gateway pod answers; see Deployment service-mirror-egress',
    );
  }
  if (ended.length === 0) return undefined;
  const healthy = ended.filter((report) => report.healthy);
  const [worst] = ended.filter((report) => !report.healthy);
  if (healthy.length === 0)
    return desiredHealth(
      'False',
      worst?.reason === 'Unresolved' ? 'Unresolved' : 'ProbeFailed',
      worst?.message ?? 'the gateway does not answer',
    );
  const answering = [...new Set(healthy.flatMap((report) => report.answering))].toSorted();
  const rest =
    worst === undefined
      ? ''
      : `; ${ended.length - healthy.length} of ${ended.length} egress gateways do not reach it: ${worst.message ?? ''}`;
  return desiredHealth('True', 'Healthy', `${where ?? answering.join(', ')} answers${rest}`);
}

/** The remote gateway as a Link's status shows it; undefined: nothing is known of it. */
function gatewayOf(
  link: Readonly<Link>,
  peer: PeerDecision | undefined,
  { egress }: GatewayFacts,
): LinkGatewayStatus | undefined {
  const { dialsIn, dialAt = [] } = servedPeer(peer) ?? {};
  const { name } = link.metadata;
  if (dialsIn) {
    const count = egress.pods.reduce(
      (sum, { applied }) => sum + (applied?.links.get(name)?.dialledIn ?? 0),
      0,
    );
    return { display: `dialled in (${count})` };
  }
  const addresses = addressesOf(link, peer);
  if (addresses.length > 0) return { addresses, display: displayOf(addresses) };
  return dialAt.length > 0 ? { display: `dials ${displayOf(dialAt.map(writeAddress))}` } : undefined;
}

function addressesOf(link: Readonly<Link>, peer: PeerDecision | undefined): string[] {
  if (link.spec.transport === 'flat') return [];
  const known = servedPeer(peer)?.addresses ?? link.spec.gateway?.addresses ?? [];
  return known.map(writeAddress);
}

function displayOf(addresses: readonly string[]): string {
  const [first = '', ...more] = addresses;
  return more.length === 0 ? first : `${first} +${more.length}`;
}
