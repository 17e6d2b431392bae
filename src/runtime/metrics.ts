import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** One finished (or, for watches, opened) call of an API client. */
export interface ClientRequest {
  readonly cluster: string;
  readonly verb: string;
  readonly resource: string;
  /** HTTP status, or `<error>` when no answer came. */
  readonly code: string;
  /** Absent for watches, whose length says nothing. */
  readonly seconds?: number;
}

/** The series of the runtime, under the names that client-go and controller-runtime use for the same facts. */
export type Metrics = ReturnType<typeof createMetrics>;

const latencyBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Makes a new registry with all series of the runtime; add further ones with `registers: [metrics.registry]`.
 *
 * @param o.process also measure this process: memory, event loop lag, garbage collection
 */
export function createMetrics(o: { process?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (o.process) collectDefaultMetrics({ register: registry });

  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram<L>({ name, help, labelNames, registers, buckets: latencyBuckets });

  const requests = counter('rest_client_requests_total', 'Calls of an API server.', [
    'cluster',
    'verb',
    'resource',
    'code',
  ]);
  const requestSeconds = histogram(
    'rest_client_request_duration_seconds',
    'Duration of calls of an API server.',
    ['cluster', 'verb'],
  );

  return {
    registry,
    requests,
    requestSeconds,
    lists: counter('service_mirror_reflector_lists_total', 'Full lists taken.', [
      'cluster',
      'resource',
      'result',
    ]),
    watchEvents: counter('service_mirror_reflector_watch_events_total', 'Watch events received.', [
      'cluster',
      'resource',
    ]),
    objects: gauge('service_mirror_reflector_objects', 'Objects held in a cache.', ['cluster', 'resource']),
    lastEvent: gauge(
      'service_mirror_reflector_last_event_timestamp_seconds',
      'When the API server was last heard on a watch.',
      ['cluster', 'resource'],
    ),
    queueDepth: gauge('workqueue_depth', 'Keys waiting.', ['name']),
    queueAdds: counter('workqueue_adds_total', 'Keys put into the queue.', ['name']),
    queueRetries: counter('workqueue_retries_total', 'Keys put back after a failure.', ['name']),
    queueSeconds: histogram('workqueue_queue_duration_seconds', 'How long keys waited.', ['name']),
    reconciles: counter('controller_runtime_reconcile_total', 'Reconciles by result.', [
      'controller',
      'result',
    ]),
    reconcileSeconds: histogram('controller_runtime_reconcile_time_seconds', 'Duration of reconciles.', [
      'controller',
    ]),
    activeWorkers: gauge('controller_runtime_active_workers', 'Reconciles under way.', ['controller']),
    writes: counter('service_mirror_object_writes_total', 'Outcomes of the one write path.', [
      'resource',
      'result',
    ]),
    leader: gauge('service_mirror_leader', 'Whether this process leads.', ['name']),

    /** Counts and times one call. */
    request({ cluster, verb, resource, code, seconds }: ClientRequest): void {
      requests.inc({ cluster, verb, resource, code });
      if (seconds !== undefined) requestSeconds.observe({ cluster, verb }, seconds);
    },

    /** Removes every series that has all of these labels, when their owner is gone. */
    forget: (labels: Readonly<Record<string, string>>) => forget(registry, labels),
  };
}

async function forget(registry: Registry, labels: Readonly<Record<string, string>>): Promise<void> {
  const wanted = Object.entries(labels);
  for (const metric of registry.getMetricsAsArray() as unknown as (Counter | Gauge | Histogram)[]) {
    const { values } = await metric.get();
    for (const value of values) {
      // `le` belongs to the buckets of a histogram, not to the series
      const { le: _le, ...own } = value.labels as Record<string, string>;
      if (wanted.every(([name, wish]) => own[name] === wish)) metric.remove(own);
    }
  }
}
