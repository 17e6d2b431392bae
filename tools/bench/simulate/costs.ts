/**
 * What one of each thing costs. This is the only file that a newer measurement changes: a value, its source and its
 * date. Values are rounded up.
 */
export interface UnitCost {
  readonly value: number;
  readonly unit: string;
  /**
   * `measured`: a row of a benchmark. `derived`: computed out of measured rows, as the source says. `counted`: the size
   * of what our code writes or keeps; costs.test.ts counts again where that takes no look at the heap.
   */
  readonly kind: 'measured' | 'derived' | 'counted';
  /** The command and its row, or what was counted. */
  readonly source: string;
  /** Day of the measurement. */
  readonly date: string;
  /** The row that replaces the value when it is measured next; absent: the same one. */
  readonly refresh?: string;
}

/** The runs of bench:control from which the operator's costs come. */
const control = 'bench:control, docs/performance.md, "A run with 1,000 and with 10,000 mirrors"';
const controlDay = '2026-11-30';
const gateway = 'bench:gateway, docs/performance.md, "A run", HAProxy mTLS';
const gatewayDay = '2026-11-21';
const today = '2026-11-29';

/** All unit costs. */
export const unitCosts = {
  operatorBase: {
    ...{ value: 89e6, unit: 'bytes', kind: 'measured', date: controlDay },
    source: `${control}: "memory without mirrors", 83 and 84 MiB`,
  },
  operatorMirror: {
    ...{ value: 27_000, unit: 'bytes for each mirror', kind: 'measured', date: controlDay },
    source: `${control}: "memory after everything was listed" with 10,000, 336 MiB, less that without mirrors; with the remote Service and its slice of 10 endpoints, and with garbage`,
  },
  operatorConnection: {
    ...{ value: 260_000, unit: 'bytes for each TLS connection', kind: 'derived', date: controlDay },
    source: `${control}: "50 Links: memory" with 1,000, 48 MiB more than one Link, for 49 times four connections; with all else that a Link needs`,
    refresh:
      'the resident memory of an operator with many Links and no mirrors, which no benchmark measures yet',
  },
  operatorRequest: {
    ...{ value: 0.16, unit: 'ms of CPU for each request or event', kind: 'derived', date: controlDay },
    source: `${control}: a fifth of "own CPU per mirror", at most 4.7 ms with 10,000, as in a profile, for 3 requests and 3 events`,
    refresh: 'bench:control --only idle, "own CPU", with 1 and with 50 Links',
  },
  operatorReconcile: {
    ...{ value: 0.95, unit: 'ms of CPU for each reconcile', kind: 'derived', date: controlDay },
    source: `${control}: the rest of these 4.7 ms, for 4 reconciles of a mirror`,
    refresh: 'bench:control --only import, "own CPU per mirror" by "reconciles per mirror"',
  },
  importMirror: {
    ...{
      value: 27,
      unit: "ms of the API server's CPU for each mirror",
      kind: 'measured',
      date: controlDay,
    },
    source: `${control}: "CPU of the API server per mirror", at most 26.4 ms with 10,000`,
  },

  remoteService: {
    ...{ value: 1_700, unit: 'bytes that a Link keeps of a Service', kind: 'counted', date: today },
    source: 'weigh(reduceService()), src/controllers/link/reduced.ts',
  },
  remoteSlice: {
    ...{
      value: 1_450,
      unit: 'bytes that a Link keeps of a slice without endpoints',
      kind: 'counted',
      date: today,
    },
    source: 'weigh(reduceSlice()), src/controllers/link/reduced.ts',
  },
  remoteEndpoint: {
    ...{ value: 70, unit: 'bytes that a Link keeps of an endpoint', kind: 'counted', date: today },
    source: 'weigh(reduceSlice()), src/controllers/link/reduced.ts',
  },
  serviceId: {
    ...{ value: 73, unit: 'bytes of a service ID in memory', kind: 'counted', date: today },
    source: 'heap of 100,000 service IDs out of decodeReport(), src/protocol/report.ts',
  },
  localService: {
    ...{ value: 2_000, unit: 'bytes of a Service in a local cache', kind: 'counted', date: today },
    source: 'heap of a Service with its spec and labels, as objects',
  },
  peerEntry: {
    ...{
      value: 860,
      unit: 'bytes of a peer in ConfigMap service-mirror-peers',
      kind: 'counted',
      date: today,
    },
    source: 'encodePeer(), src/protocol/identity.ts, with one CA and one address',
  },
  grantLine: {
    ...{ value: 70, unit: "bytes of a right in HAProxy's file grants.map", kind: 'counted', date: today },
    source: 'createRights(), src/gateway/haproxy/render/rights.ts, with names of 11 characters',
  },
  agentGrant: {
    ...{ value: 210, unit: 'bytes of a right in the ingress agent', kind: 'counted', date: today },
    source: 'heap of 100,000 rights of 100 peers: createRights(), and their part of exports and reports',
    refresh: 'bench:exports --links 2 and --links 100, "most memory: agent"',
  },

  wireService: {
    ...{ value: 2_000, unit: 'bytes of JSON', kind: 'counted', date: today },
    source: 'src/runtime/limits.ts: a list of 10,000 Services has 20 MB',
  },
  wireSlice: {
    ...{ value: 1_000, unit: 'bytes of JSON of a slice without endpoints', kind: 'counted', date: today },
    source: 'the same Service and slice as above, with managedFields',
  },
  wireEndpoint: {
    ...{ value: 400, unit: 'bytes of JSON', kind: 'counted', date: today },
    source: 'src/runtime/limits.ts: a list of 10,000 slices of 100 endpoints has 400 MB',
  },
  wireMirror: {
    ...{ value: 4_800, unit: 'bytes of JSON', kind: 'measured', date: today },
    source:
      'docs/performance.md, "One more service among 10,000": a ServiceMirror with status and managedFields',
  },
  wireSmall: {
    ...{
      value: 500,
      unit: 'bytes of a bookmark, a version or another short answer',
      kind: 'counted',
      date: today,
    },
    source: "an API server's answer to /version",
  },

  egressConnection: {
    ...{ value: 0.905, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per new connection", egress`,
  },
  ingressConnection: {
    ...{ value: 0.914, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per new connection", ingress`,
  },
  egressRequest: {
    ...{ value: 0.0196, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per request", egress`,
  },
  ingressRequest: {
    ...{ value: 0.0198, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per request", ingress`,
  },
  egressGigabyte: {
    ...{ value: 1_170, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per GB", egress`,
  },
  ingressGigabyte: {
    ...{ value: 570, unit: 'ms of CPU', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "CPU per GB", ingress`,
  },
  probe: {
    ...{
      value: 1.63,
      unit: "ms of the egress agent's CPU for each probe of a peer",
      kind: 'derived',
      date: gatewayDay,
    },
    source: 'bench:gateway, Node mTLS, egress, "CPU per new connection": the same handshake, in Node',
    refresh: 'the CPU of an egress agent with many Links, which no benchmark measures yet',
  },
  haproxyBase: {
    ...{ value: 25e6, unit: 'bytes', kind: 'measured', date: gatewayDay },
    source: `${gateway}: "memory with all mirrors", ingress`,
  },
  haproxyEntry: {
    ...{ value: 350, unit: 'bytes of an entry of a map', kind: 'measured', date: gatewayDay },
    source:
      'by hand: resident memory of HAProxy 3.0 with 10,000 targets and 10,000 rights, 7 MB more than without',
    refresh: 'bench:exports --links 2 and --links 100, "most memory: HAProxy"',
  },
  agentMirror: {
    ...{ value: 500, unit: 'bytes of a mirror in the egress agent', kind: 'measured', date: today },
    source: 'docs/performance.md, "One more service among 10,000"',
  },
} as const satisfies Record<string, UnitCost>;

/** The name of a unit cost. */
export type CostName = keyof typeof unitCosts;

/** The values alone, as formulas take them. */
export type Costs = Readonly<Record<CostName, number>>;

/** The values of {@link unitCosts}. */
export const costs = Object.fromEntries(
  Object.entries(unitCosts).map(([name, { value }]) => [name, value]),
) as Costs;
