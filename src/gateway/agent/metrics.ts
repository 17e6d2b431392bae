import { Counter, Gauge, Histogram } from 'prom-client';
import type { LinkReport } from '../../protocol/applied.js';
import type { Metrics } from '../../runtime/metrics.js';
import type { GatewayEvents } from '../events.js';
import { type NotInForce, notInForceReasons } from '../outcome.js';

/** The series of one gateway. */
export interface GatewayMetrics {
  readonly events: GatewayEvents;
  /** Counts a state that came into force, and the milliseconds that took. */
  readonly applied: (ms: number) => void;
  /** Counts what of the state is not in force. */
  readonly outcome: (missing: readonly NotInForce[]) => void;
  /** Sets how fast the peers of links answer. */
  readonly reports: (reports: ReadonlyMap<string, Pick<LinkReport, 'answersIn'>>) => void;
  /** Removes the series of links that are gone. */
  readonly keep: (links: ReadonlySet<string>) => void;
}

/** Seconds; a map command takes milliseconds, a reload up to a second. */
const appliedBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** Adds the series of a gateway to the registry of its process; labels are bounded by the links and the reasons. */
export function createGatewayMetrics(metrics: Metrics): GatewayMetrics {
  const registers = [metrics.registry];
  const open = new Gauge({
    name: 'service_mirror_gateway_connections',
    help: 'Connections that are being carried.',
    ...{ labelNames: ['link'], registers },
  });
  const carried = new Counter({
    name: 'service_mirror_gateway_connections_total',
    help: 'Connections that were carried, from their start.',
    ...{ labelNames: ['link'], registers },
  });
  const bytes = new Counter({
    name: 'service_mirror_gateway_bytes_total',
    help: 'Bytes without TLS; sent is towards the peer. HAProxy counts as they pass, Node when a connection ends.',
    ...{ labelNames: ['link', 'direction'], registers },
  });
  const refused = new Counter({
    name: 'service_mirror_gateway_refused_total',
    help: 'Connections that were not carried, by reason; without link when the caller is not known.',
    ...{ labelNames: ['link', 'reason'], registers },
  });
  const answers = new Gauge({
    name: 'service_mirror_gateway_answer_seconds',
    help: "Time in which the quickest gateway of a link's peer answers a probe, with connection and handshake; smoothed. Absent while none answers.",
    ...{ labelNames: ['link'], registers },
  });
  const reloads = new Counter({
    name: 'service_mirror_gateway_reloads_total',
    help: 'Configurations that HAProxy has begun to run; its first is one.',
    registers,
  });
  const entries = new Gauge({
    name: 'service_mirror_gateway_map_entries',
    help: 'Entries of a map of HAProxy.',
    ...{ labelNames: ['map'], registers },
  });
  const applied = new Histogram({
    name: 'service_mirror_gateway_applied_seconds',
    help: 'Time from a change until all of the state that follows from it was in force.',
    ...{ buckets: appliedBuckets, registers },
  });
  const notInForce = new Gauge({
    name: 'service_mirror_gateway_not_in_force',
    help: 'Parts of the desired state that are not in force, by reason: peers, bundles, addresses, ports, exports, certificate.',
    ...{ labelNames: ['reason'], registers },
  });
  for (const reason of notInForceReasons) notInForce.set({ reason }, 0);
  /** Live connections by link, for every known link. */
  const live = new Map<string, number>();
  /** Links that are gone: later events about them would bring their series back. */
  const gone = new Set<string>();

  /** Whether events of a link are counted. A link may carry traffic before its state is reported as in force. */
  function counts(link: string): boolean {
    if (gone.has(link)) return false;
    if (!live.has(link)) live.set(link, 0);
    return true;
  }

  return {
    events: {
      opened(link) {
        if (!counts(link)) return;
        live.set(link, live.get(link)! + 1);
        open.inc({ link });
        carried.inc({ link });
      },
      moved(link, { sent, received }) {
        if (!counts(link)) return;
        bytes.inc({ link, direction: 'sent' }, sent);
        bytes.inc({ link, direction: 'received' }, received);
      },
      closed(link) {
        const count = live.get(link) ?? 0;
        // it was opened for an earlier link of that name
        if (count === 0) return;
        live.set(link, count - 1);
        open.dec({ link });
      },
      refused(reason, link = '') {
        if (link === '' || counts(link)) refused.inc({ link, reason });
      },
      reloaded: () => reloads.inc(),
      entries: (map, count) => entries.set({ map }, count),
    },
    applied: (ms) => applied.observe(ms / 1_000),
    outcome(missing) {
      const counts = Map.groupBy(missing, ({ reason }) => reason);
      for (const reason of notInForceReasons) notInForce.set({ reason }, counts.get(reason)?.length ?? 0);
    },
    reports(reports) {
      for (const [link, { answersIn }] of reports) {
        if (answersIn === undefined) answers.remove({ link });
        else if (counts(link)) answers.set({ link }, answersIn / 1_000);
      }
    },
    keep(links) {
      for (const link of [...live.keys()].filter((one) => !links.has(one))) {
        live.delete(link);
        gone.add(link);
        void metrics.forget({ link });
      }
      for (const link of links) {
        gone.delete(link);
        counts(link);
      }
    },
  };
}
