import {
  aMirror,
  anInput,
  aService,
  aSlice,
  endpoint,
  ofClusters,
  port,
  unready,
  withStatus,
} from './gen.js';
import type { BackendStatus, BackendState } from '../../src/api/mirrorstatus.js';
import type { MirrorCluster, ServiceMirror } from '../../src/api/servicemirror.js';
import { rolesOf } from '../../src/mirror/roles.js';
import type { Backend, TransportAnswer } from '../../src/mirror/view.js';

/** What is seen of a backend: so many endpoints are ready, of so many; or something else. */
export interface Seen extends MirrorCluster {
  readonly ready?: number;
  readonly total?: number;
  /** What the status says of it. */
  readonly before?: BackendState;
  /** What else its transport answers. */
  readonly answer?: TransportAnswer;
  /** Whether its present slices list a ready endpoint; left out: it has none. */
  readonly listed?: boolean;
  readonly refused?: true;
  readonly gone?: true;
  /** Milliseconds in which its gateway answers. */
  readonly ms?: number;
}

/** The answer of a transport that cannot say yet. */
export const silent: TransportAnswer = { kind: 'keep', reason: 'Pending', message: '' };

/** What each of several clusters does, and why; `a`: its name, its state, and the reason. */
export function statesOf(spec: Partial<ServiceMirror['spec']>, ...all: readonly Seen[]): string[] {
  const recorded = all.flatMap((one): BackendStatus[] =>
    one.before === undefined
      ? []
      : [
          {
            ...{ cluster: one.name, namespace: 'default', name: 'hello', state: one.before },
            ...{ priority: one.priority ?? 0, weight: one.weight ?? 1 },
          },
        ],
  );
  const mirror: ServiceMirror = aMirror(
    'm',
    ofClusters(
      ...all.map(({ name, priority, weight }) => ({
        name,
        ...(priority !== undefined && { priority }),
        ...(weight !== undefined && { weight }),
      })),
    ),
    (draft) => void Object.assign(draft.spec, spec),
    withStatus(recorded.length > 0 ? { backends: recorded } : {}),
  );
  const [first = {}, ...others] = all.map((one) => backendOf(mirror, one));
  return rolesOf(anInput(first, ...others)).map(({ state, why }, at) =>
    [all[at]?.name, state, ...(why === undefined ? [] : [why])].join(' '),
  );
}

function backendOf(mirror: ServiceMirror, one: Seen): Partial<Backend> {
  const { ready = 1, total = ready } = one;
  const base = anInput().backends[0];
  const slices = [
    {
      addressType: 'IPv4' as const,
      endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: ready > 0 } }],
      ports: [],
    },
  ];
  const notReady = { reason: 'NoReadyEndpoints', message: '' } as const;
  return {
    view: {
      ...base.view,
      mirror,
      slices: listedOf(one),
      backend: { cluster: one.name, namespace: 'default', name: 'hello' },
    },
    source: one.gone
      ? { kind: 'absent' }
      : {
          ...{ kind: 'live', ports: [], headless: false, service: aService('hello', port(80)), slices: [] },
          ...{ ready, total, leaving: 0, closed: [] },
        },
    notAccepted: one.refused ? { reason: 'LinkNotFound', message: '' } : undefined,
    ...(one.ms !== undefined && { distance: one.ms }),
    answer: one.answer ?? { kind: 'endpoints', slices, ...(ready === 0 && { notReady }) },
  };
}

function listedOf({ listed }: Seen) {
  if (listed === undefined) return [];
  return [aSlice('hello', listed ? endpoint('10.0.0.1') : unready('10.0.0.1'))];
}
