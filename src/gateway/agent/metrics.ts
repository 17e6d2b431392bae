import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../../runtime/metrics.js';
import type { GatewayEvents } from '../events.js';

/** The series of one gateway. */
export interface GatewayMetrics {
  readonly events: GatewayEvents;
  /** Counts a state that came into force, and the milliseconds that took. */
  readonly applied: (ms: number) => void;
  /** Removes the series of links that are no more. */
  readonly keep: (links: ReadonlySet<string>) => void;
}

/** Seconds; a map command takes milliseconds, a reload up to a second. */
const appliedBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

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
  const reloads = new Counter({
    name: 'gateway_reloads_total',
    help: 'Configurations that HAProxy has begun to run; its first is one.',
    registers,
  });
  const entries = new Gauge({
    name: 'gateway_map_entries',
    help: 'Entries of a map of HAProxy.',
    ...{ labelNames: ['map'], registers },
  });
  const applied = new Histogram({
    name: 'gateway_applied_seconds',
    help: 'Time from a change until all of the state that follows from it was in force.',
    ...{ buckets: appliedBuckets, registers },
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
      reloaded: () => reloads.inc(),
      entries: (map, count) => entries.set({ map }, count),
    },
    applied: (ms) => applied.observe(ms / 1_000),
    keep(links) {
      for (const link of known) if (!links.has(link)) void metrics.forget({ link });
      known = links;
    },
  };
}
