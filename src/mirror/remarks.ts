import { closedWords } from '../endpoints/reach.js';
import { carries, type KnownSource, type TransportLimits } from './view.js';

/** Remarks on parts of the remote service that are not carried over, or not reached, while the mirror works. */
export function remarksOn(source: KnownSource, limits: TransportLimits | undefined): string[] {
  if (source.kind !== 'live' || limits === undefined) return [];
  return remarks.map((remark) => remark(source, limits)).filter((said) => said !== undefined);
}

type Remark = (source: KnownSource, limits: TransportLimits) => string | undefined;

const remarks: readonly Remark[] = [closedPorts, skippedPorts, lostAffinity, onlyNear];

function closedPorts({ closed }: KnownSource): string | undefined {
  return closed.length === 0 ? undefined : closedWords(closed);
}

function skippedPorts({ ports }: KnownSource, limits: TransportLimits): string | undefined {
  const skipped = ports
    .filter((port) => !carries(limits, port.protocol))
    .map((port) => `${port.port}/${port.protocol}`);
  return skipped.length === 0
    ? undefined
    : `transport ${limits.transport} does not carry ${skipped.join(', ')}`;
}

function lostAffinity({ service }: KnownSource, limits: TransportLimits): string | undefined {
  if (limits.sessionAffinity || service?.spec.sessionAffinity !== 'ClientIP') return undefined;
  return `transport ${limits.transport} cannot keep the service's session affinity`;
}

/**
 * A gateway in the remote cluster dials the remote Service, so a policy of that Service applies to the gateway's
 * node.
 */
function onlyNear({ service }: KnownSource, { transport }: TransportLimits): string | undefined {
  if (transport === 'flat' || service?.spec.internalTrafficPolicy !== 'Local') return undefined;
  return 'the remote service has internalTrafficPolicy: Local, so that the gateway there reaches only pods of its own node; set it to Cluster';
}
