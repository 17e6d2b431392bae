import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aReport,
  aService,
  aSlice,
  aView,
  anEgressPod,
  endpoint,
  frozen,
  offering,
  port,
  someFacts,
  unready,
} from '../../test/gen/gen.js';
import type { SliceContent } from '../mirror/view.js';
import { sourceOf } from '../mirror/source.js';
import type { TransportAnswer, KnownSource } from '../mirror/view.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import type { EgressPod, GatewayFacts } from './transport.js';
import { tunnel } from './gateway.js';

const serviceId = (number: number) => serviceIdOf({ namespace: 'default', name: 'hello', port: number });
const http = serviceId(80);
const https = serviceId(443);
const link = aLink();
const reported = (...labels: string[]) => ({ report: aReport(labels) });
const failing = (more: object = {}) => ({
  report: aReport([http, https], { healthy: false, reason: 'ProbeFailed', message: 'refused', ...more }),
});

/** A pod that routes port 80 and reaches a peer that exports it. */
const good = (name = 'a', ip = '10.1.0.1', more: object = {}) =>
  anEgressPod(name, { addresses: [ip], routes: { 10000: http }, ...reported(http), ...more });

const leaving = { conditions: { ready: false, serving: true, terminating: true } };

interface Situation {
  facts?: GatewayFacts;
  pods?: EgressPod[];
  changes?: Parameters<typeof aService>[1][];
  gatewayPorts?: [number, number][];
  remoteSlices?: ReturnType<typeof aSlice>[];
}

function ask({
  facts,
  pods = [good()],
  changes = [port(80)],
  gatewayPorts = [[80, 10000]],
  ...rest
}: Situation): TransportAnswer {
  const { remoteSlices = [aSlice('hello', endpoint('10.9.0.1'))] } = rest;
  const remote = { synced: true, service: aService('hello', ...changes), slices: remoteSlices };
  const view = aView({ remote, gatewayPorts: new Map(gatewayPorts) });
  const source = sourceOf(view) as KnownSource;
  return tunnel.answer({ view, link, source, facts: facts ?? someFacts(frozen(pods)) });
}

/** Each slice in one line: family, addresses with `!` before those that are not ready, ports. */
function shown(answer: TransportAnswer): string[] | 'keep' {
  if (answer.kind === 'keep') return 'keep';
  return answer.slices.map(
    ({ addressType, endpoints, ports }) =>
      `${addressType} ${endpoints.map(({ addresses, conditions }) => `${conditions?.ready === true ? '' : '!'}${addresses.join()}`).join(' ')} -> ${ports.map((each) => each.port).join(' ')}`,
  );
}

function reasonOf(answer: TransportAnswer): string | undefined {
  return answer.kind === 'keep' ? answer.reason : answer.notReady?.reason;
}

interface Case extends Situation {
  slices: string[] | 'keep';
  reason?: string;
  says?: RegExp;
}

const cases: Record<string, Case> = {
  'lists a pod that routes the port and reaches the peer': { slices: ['IPv4 10.1.0.1 -> 10000'] },
  'keeps what stands while the mirror has no egress port': {
    gatewayPorts: [],
    slices: 'keep',
    reason: 'Pending',
  },
  'keeps what stands until every pod was asked': {
    facts: { egress: { complete: false, pods: [] } },
    slices: 'keep',
    reason: 'Pending',
  },
  'lists nobody when no pod runs': {
    pods: [],
    slices: [],
    reason: 'NoLocalGateway',
    says: /service-mirror-egress/,
  },
  'keeps what stands when all pods are silent: it may be us who are deaf': {
    pods: [anEgressPod('a', { silent: true }), anEgressPod('b', { silent: true })],
    slices: 'keep',
    reason: 'NoLocalGateway',
  },
  'leaves out a pod that is silent while others answer': {
    pods: [good(), anEgressPod('b', { addresses: ['10.1.0.2'], silent: true })],
    slices: ['IPv4 10.1.0.1 -> 10000'],
  },
  'lists nobody while nobody has loaded the route': {
    pods: [anEgressPod('a', reported(http))],
    slices: [],
    reason: 'Pending',
    says: /route/,
  },
  'leaves out a pod that has not loaded the route': {
    pods: [good(), anEgressPod('b', { addresses: ['10.1.0.2'], ...reported(http) })],
    slices: ['IPv4 10.1.0.1 -> 10000'],
  },
  'leaves out a pod whose port leads to another service': {
    pods: [good('a', '10.1.0.1', { routes: { 10000: https } })],
    slices: [],
    reason: 'Pending',
  },
  'leaves out a pod whose port leads over another link': {
    pods: [good('a', '10.1.0.1', { link: 'lyon' })],
    slices: [],
    reason: 'Pending',
  },
  'leaves out a pod that is draining': {
    pods: [good(), good('b', '10.1.0.2', { draining: true })],
    slices: ['IPv4 10.1.0.1 -> 10000'],
  },
  'lists nobody when all are draining': {
    pods: [good('a', '10.1.0.1', { draining: true })],
    slices: [],
    reason: 'NoLocalGateway',
  },
  'keeps listing who routes, not ready, while the peer is not settled': {
    facts: someFacts([good()], { peerProblem: { reason: 'PeerConflict', message: 'two Links' } }),
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'GatewayUnhealthy',
    says: /two Links/,
  },
  'calls a peer that is not known yet pending': {
    facts: someFacts([good()], { peerProblem: { reason: 'Pending', message: 'nothing published' } }),
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'Pending',
    says: /nothing published/,
  },
  'waits for the first probe': {
    pods: [good('a', '10.1.0.1', { report: { healthy: false, answering: [] } })],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'Pending',
    says: /first probe/,
  },
  'waits for a pod that does not know the link yet': {
    pods: [good('a', '10.1.0.1', { report: undefined })],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'Pending',
  },
  'has nobody ready when no pod reaches the peer': {
    pods: [good('a', '10.1.0.1', failing())],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'GatewayUnhealthy',
    says: /refused/,
  },
  'tells when the gateway has no address': {
    pods: [good('a', '10.1.0.1', failing({ reason: 'Unresolved', message: 'no such host' }))],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'GatewayUnresolved',
    says: /no such host/,
  },
  'has only those pods ready that reach the peer': {
    pods: [good(), good('b', '10.1.0.2', failing())],
    slices: ['IPv4 10.1.0.1 !10.1.0.2 -> 10000'],
  },
  'tells when the peer does not export the service': {
    pods: [good('a', '10.1.0.1', reported(https))],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'NotExported',
    says: /default\/hello.*spec\.exports/,
  },
  'does not take the word of a pod that no longer reaches the peer': {
    pods: [good('a', '10.1.0.1', failing()), good('b', '10.1.0.2', reported())],
    slices: ['IPv4 !10.1.0.1 !10.1.0.2 -> 10000'],
    reason: 'NotExported',
  },
  'tells when no remote endpoint is ready': {
    remoteSlices: [aSlice('hello', unready('10.9.0.1'))],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'NoReadyEndpoints',
    says: /none of the 1/,
  },
  'serves what the other cluster serves while its last pods are shutting down': {
    remoteSlices: [aSlice('hello', endpoint('10.9.0.1', leaving), unready('10.9.0.2'))],
    slices: ['IPv4 10.1.0.1 -> 10000'],
  },
  'tells when pods are ready and none offers the port': {
    changes: [port(80, { targetPort: 'http' })],
    remoteSlices: [aSlice('hello', (draft) => (draft.ports = null), endpoint('10.9.0.1'))],
    slices: ['IPv4 !10.1.0.1 -> 10000'],
    reason: 'NoReadyEndpoints',
    says: /^port 80: no pod offers targetPort http$/,
  },
  'lists each family in a slice of its own': {
    pods: [good('b', '10.1.0.2'), good('a', '', { addresses: ['fd00::1', '10.1.0.1'] })],
    slices: ['IPv4 10.1.0.1 10.1.0.2 -> 10000', 'IPv6 fd00::1 -> 10000'],
  },
};

describe('tunnel.answer()', () => {
  for (const [sentence, { slices, reason, says, ...situation }] of Object.entries(cases)) {
    it(sentence, () => {
      const answer = ask(situation);
      assert.deepEqual(shown(answer), slices);
      assert.equal(reasonOf(answer), reason);
      const told = answer.kind === 'keep' ? answer : answer.notReady;
      if (says !== undefined) assert.match(told?.message ?? '', says);
    });
  }

  it('names no pod and no node, and gives names and application protocols to ports', () => {
    const answer = ask({
      changes: [port(80, { name: 'http', appProtocol: 'kubernetes.io/h2c' })],
      remoteSlices: [aSlice('hello', offering('http'), endpoint('10.9.0.1'))],
    });
    assert.deepEqual(answer, {
      kind: 'endpoints',
      slices: [
        {
          addressType: 'IPv4',
          endpoints: [{ addresses: ['10.1.0.1'], conditions: { ready: true } }],
          ports: [{ name: 'http', port: 10000, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
        } satisfies SliceContent,
      ],
    });
  });

  it('says the same whatever the order of the pods', () => {
    const pods = [good('a', '10.1.0.2'), good('b', '10.1.0.10'), good('c', '10.1.0.1')];
    assert.deepEqual(ask({ pods }), ask({ pods: pods.toReversed() }));
  });

  it('ignores ports that are not TCP', () => {
    const answer = ask({ changes: [port(80), port(53, { protocol: 'UDP' })] });
    assert.deepEqual(shown(answer), ['IPv4 10.1.0.1 -> 10000']);
  });
});

describe('tunnel.answer() while a second port is new', () => {
  const both: Situation = {
    changes: [port(80, { name: 'http' }), port(443, { name: 'https' })],
    remoteSlices: [aSlice('hello', offering('http', 'https'), endpoint('10.9.0.1'))],
    gatewayPorts: [
      [80, 10000],
      [443, 10001],
    ],
  };
  const routesBoth = (...labels: string[]) =>
    good('a', '10.1.0.1', { routes: { 10000: http, 10001: https }, ...reported(...labels) });
  const steps: Record<string, { situation: Situation; slices: string[]; remark?: string }> = {
    'leaves the first alone while the second has no egress port': {
      situation: { gatewayPorts: [[80, 10000]] },
      slices: ['IPv4 10.1.0.1 -> 10000'],
      remark: 'port 443 is not routed yet',
    },
    'leaves the first alone while nobody has loaded the second': {
      situation: {},
      slices: ['IPv4 10.1.0.1 -> 10000'],
      remark: 'port 443 is not routed yet',
    },
    'lists whoever has loaded both as soon as somebody has': {
      situation: { pods: [routesBoth(http, https), good('b', '10.1.0.2')] },
      slices: ['IPv4 10.1.0.1 -> 10000 10001'],
    },
    'leaves the first alone while the peer has not heard of the second': {
      situation: { pods: [routesBoth(http)] },
      slices: ['IPv4 10.1.0.1 -> 10000 10001'],
      remark: 'port 443 is not exported',
    },
    'has nothing to remark when both work': {
      situation: { pods: [routesBoth(http, https)] },
      slices: ['IPv4 10.1.0.1 -> 10000 10001'],
    },
  };
  for (const [sentence, { situation, slices, remark }] of Object.entries(steps)) {
    it(sentence, () => {
      const answer = ask({ ...both, ...situation });
      assert.deepEqual(shown(answer), slices);
      assert.equal(reasonOf(answer), undefined);
      assert.equal(answer.kind === 'endpoints' ? answer.remark : 'none', remark);
    });
  }
});
