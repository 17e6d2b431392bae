import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '../../runtime/metrics.js';
import type { GatewayEvents } from '../events.js';

/** The series of one gateway. */
export interface GatewayMetrics {
  readonly events: GatewayEvents;
  /** Removes the series of links that are no more. */
  readonly keep: (links: ReadonlySet<string>) => void;
}

/** Adds the series of a gateway to the registry of its process; labels are bounded by the links and the reasons. */
export function createGatewayMetrics(metrics: Metrics): GatewayMetrics {
  const registers = [metrics.registry];
  const open = new Gauge({
    name: 'gateway_connections_open',
    help: 'Connections that are being carried.',
    ...{ labelNames: ['link'], registers },
  });
  const carried = new Counter({
    name: 'gateway_connections_total',
    help: 'Connections that were carried, from their start.',
    ...{ labelNames: ['link'], registers },
  });
  const bytes = new Counter({
    name: 'gateway_bytes_total',
    help: 'Bytes of connections that have ended, without TLS; sent is towards the peer.',
    ...{ labelNames: ['link', 'direction'], registers },
  });
  const refused = new Counter({
    name: 'gateway_refused_total',
    help: 'Connections that were not carried, by reason; without link when the caller is not known.',
    ...{ labelNames: ['link', 'reason'], registers },
  });
  let known: ReadonlySet<string> = new Set();

  return {
    events: {
      opened(link) {
        open.inc({ link });
        carried.inc({ link });
      },
      closed(link, { sent, received }) {
        open.dec({ link });
        bytes.inc({ link, direction: 'sent' }, sent);
        bytes.inc({ link, direction: 'received' }, received);
      },
      refused: (reason, link = '') => refused.inc({ link, reason }),
    },
    keep(links) {
      for (const link of known) if (!links.has(link)) void metrics.forget({ link });
      known = links;
    },
  };
}
