import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  annotated,
  aService,
  aSlice,
  aView,
  anInput,
  condition,
  endpoint,
  epoch,
  importing,
  metadata,
  offering,
  ownedBy,
  port,
  serviceSpec,
  slice,
  unready,
  uptime,
  withStatus,
  type ViewFields,
} from '../../test/gen/gen.js';
import { transports } from '../transport/transports.js';
import { mirrorConditions } from '../api/conditions.js';
import { sourceOf } from './source.js';
import { desiredConditions } from './conditions.js';
import { rolesOf } from './roles.js';
import { patience, type TransportAnswer, type Reason } from './view.js';

type Said = Record<(typeof mirrorConditions)[number], string>;

interface Case {
  fields?: ViewFields;
  answer?: TransportAnswer | undefined;
  notAccepted?: Reason;
  portsExhausted?: string;
  /** `status reason` of each condition. */
  says: Said;
  /** What the message of `Ready` tells. */
  tells?: RegExp;
}

const local = aService('hello', port(80), ownedBy(aMirror()));
const standing = [aSlice('hello', ownedBy(local), endpoint('10.1.0.1'))];
const remote = {
  synced: true,
  service: aService('hello', port(80)),
  slices: [aSlice('hello', endpoint('10.9.0.1'), unready('10.9.0.2'))],
};
const leaving = { conditions: { ready: false, serving: true, terminating: true } };
const none = { ...remote, slices: [aSlice('hello', unready('10.9.0.1'))] };
const wasReady = aMirror(
  'hello-mirror',
  withStatus({
    conditions: [condition('EndpointsReady')],
    endpoints: { ready: 1, total: 2, display: '1/2' },
  }),
);
const good: TransportAnswer = { kind: 'endpoints', slices: [] };
const objecting = (reason: Reason['reason'], message: string = reason): TransportAnswer => ({
  kind: 'endpoints',
  slices: [],
  notReady: { reason, message },
});
const asksForTime: TransportAnswer = { kind: 'keep', reason: 'Pending', message: 'asks the egress gateways' };
const lost = { failingSince: uptime - patience };

const ready: Said = {
  Accepted: 'True Accepted',
  Synced: 'True Synced',
  EndpointsReady: 'True EndpointsReady',
  Ready: 'True Ready',
};
const notReady = (reason: string): Said => ({
  ...ready,
  EndpointsReady: `False ${reason}`,
  Ready: `False ${reason}`,
});

const cases: Record<string, Case> = {
  'all is well': { says: ready, tells: /^1 of 2 remote endpoints are ready$/ },
  'not accepted: everything else says why, for nothing else will change it': {
    notAccepted: { reason: 'NameConflict', message: 'a Service "hello" is in the way' },
    answer: undefined,
    says: {
      Accepted: 'False NameConflict',
      Synced: 'False NameConflict',
      EndpointsReady: 'False NameConflict',
      Ready: 'False NameConflict',
    },
    tells: /in the way/,
  },
  'the remote service is gone': {
    fields: { remote: { synced: true, slices: [] } },
    answer: undefined,
    says: {
      ...notReady('NoReadyEndpoints'),
      Synced: 'False RemoteServiceNotFound',
      Ready: 'False RemoteServiceNotFound',
    },
    tells: /"paris" has no Service default\/hello$/,
  },
  'the remote service is not among those that the Link selects': {
    fields: {
      remote: { synced: true, slices: [] },
      link: aLink('paris', importing({ selector: { matchLabels: { exported: 'true' } } })),
    },
    answer: undefined,
    says: {
      ...notReady('NoReadyEndpoints'),
      Synced: 'False RemoteServiceNotFound',
      Ready: 'False RemoteServiceNotFound',
    },
    tells: /spec\.imports\.selector.*label the remote Service/,
  },
  'nothing was seen yet': {
    fields: { local: undefined, slices: [], remote: { synced: false, slices: [] } },
    answer: undefined,
    says: { ...notReady('Pending'), Synced: 'False Pending' },
    tells: /first answer of cluster "paris"/,
  },
  'nothing was ever seen, for a minute': {
    fields: { local: undefined, slices: [], remote: { synced: false, slices: [], ...lost } },
    answer: undefined,
    says: {
      ...notReady('Pending'),
      Synced: 'Unknown LinkDisconnected',
      Ready: 'False LinkDisconnected',
    },
  },
  'the Service is being written': {
    fields: { local: undefined, slices: [] },
    says: { ...notReady('Pending'), Synced: 'False Pending' },
  },
  'the Service is being deleted, and still serves': {
    fields: {
      local: aService(
        'hello',
        port(80),
        ownedBy(aMirror()),
        metadata({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/keep'] }),
      ),
    },
    says: { ...ready, Synced: 'False Pending' },
    tells: /; Service "hello" .* is being deleted, and is held by finalizer example\.com\/keep/,
  },
  'the slices are being written': { fields: { slices: [] }, says: notReady('Pending') },
  'the slices are of a family that the Service does not have': {
    fields: { slices: [aSlice('hello', slice('six', 'IPv6'), ownedBy(local), endpoint('fd00::1'))] },
    says: notReady('Pending'),
    tells: /^Service "hello" is IPv4, and its endpoints are IPv6$/,
  },
  'the slices are of a family that this cluster does not give its Service': {
    fields: {
      local: aService(
        'hello',
        port(80),
        ownedBy(aMirror()),
        serviceSpec({ ipFamilyPolicy: 'PreferDualStack' }),
      ),
      slices: [aSlice('hello', slice('six', 'IPv6'), ownedBy(local), endpoint('fd00::1'))],
    },
    says: notReady('UnsupportedService'),
    tells: /^Service "hello" is IPv4 alone, as this cluster gives it, and its endpoints are IPv6$/,
  },
  'the slices offer another port than the Service has': {
    fields: { slices: [aSlice('hello', ownedBy(local), offering('web'), endpoint('10.1.0.1'))] },
    says: notReady('Pending'),
  },
  'only pods that are shutting down are left, and serve': {
    fields: {
      remote: { ...remote, slices: [aSlice('hello', endpoint('10.9.0.1', leaving), unready('10.9.0.2'))] },
    },
    says: ready,
    tells: /^0 of 2 remote endpoints are ready; 1 that are shutting down still serve$/,
  },
  'no remote endpoint is ready': {
    fields: { remote: none },
    answer: objecting('NoReadyEndpoints'),
    says: notReady('NoReadyEndpoints'),
  },
  'the gateway does not answer': {
    answer: objecting('GatewayUnhealthy'),
    says: notReady('GatewayUnhealthy'),
  },
  'the gateway has no address': {
    answer: { kind: 'keep', reason: 'GatewayUnresolved', message: 'no such host' },
    fields: { mirror: wasReady },
    says: notReady('GatewayUnresolved'),
    tells: /no such host/,
  },
  'no egress gateway runs': { answer: objecting('NoLocalGateway'), says: notReady('NoLocalGateway') },
  'the peer does not export it': { answer: objecting('NotExported'), says: notReady('NotExported') },
  'the egress ports are used up': {
    fields: { mirror: wasReady },
    portsExhausted: 'no egress port is free',
    answer: asksForTime,
    says: notReady('PortsExhausted'),
    tells: /^no egress port is free$/,
  },
  'contact is lost for less than a minute: nothing is said': {
    fields: { remote: { ...remote, failingSince: uptime - patience + 1 } },
    says: ready,
    tells: /^1 of 2 remote endpoints are ready$/,
  },
  'contact is lost for a minute: traffic flows, and Ready stays': {
    fields: { remote: { ...remote, ...lost } },
    says: { ...ready, Synced: 'Unknown LinkDisconnected' },
    tells: /as last seen/,
  },
  'contact is lost for a minute and the gateway, too': {
    fields: { remote: { ...remote, ...lost } },
    answer: objecting('GatewayUnhealthy'),
    says: { ...notReady('GatewayUnhealthy'), Synced: 'Unknown LinkDisconnected' },
  },
  'started blind a minute ago: what is remembered serves': {
    fields: { mirror: wasReady, remote: { synced: false, slices: [], ...lost } },
    says: { ...ready, Synced: 'Unknown LinkDisconnected' },
    tells: /^1 of 2 remote endpoints are ready; as last seen/,
  },
  'started blind a minute ago, and a transport that needs to see': {
    fields: { mirror: wasReady, remote: { synced: false, slices: [], ...lost } },
    answer: asksForTime,
    says: { ...ready, Synced: 'Unknown LinkDisconnected' },
  },
  'the transport asks for time, and nothing served before': {
    answer: asksForTime,
    says: notReady('Pending'),
  },
  'the transport asks for time: what served goes on serving': {
    fields: { mirror: wasReady },
    answer: asksForTime,
    says: ready,
  },
  'the transport asks for time, and what served has no slice left': {
    fields: { mirror: wasReady, slices: [] },
    answer: asksForTime,
    says: notReady('Pending'),
  },
  'the transport asks for time, and no remote endpoint is ready any more': {
    fields: { mirror: wasReady, remote: none },
    answer: asksForTime,
    says: notReady('Pending'),
  },
  'a port cannot travel': {
    fields: { remote: { ...remote, service: aService('hello', port(80), port(53, { protocol: 'UDP' })) } },
    says: ready,
    tells: /; transport gateway does not carry 53\/UDP$/,
  },
  'an annotation asks for what cannot be': {
    fields: { mirror: aMirror('hello-mirror', annotated({ 'linkerd.io/pooled-ports': 'http' })) },
    says: ready,
    tells: /; nothing is pooled: .* says "http"/,
  },
  'the transport has something to remark': {
    answer: { ...good, remark: 'only one of two' },
    says: ready,
    tells: /; only one of two$/,
  },
};

describe('desiredConditions()', () => {
  for (const [sentence, { fields, notAccepted, portsExhausted, says, tells, ...rest }] of Object.entries(
    cases,
  )) {
    it(`says, when ${sentence.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`, () => {
      const view = aView({ local, slices: standing, remote, ...fields });
      const { limits } = transports.gateway;
      const answer = 'answer' in rest ? rest.answer : good;
      const exhausted = portsExhausted === undefined ? [] : [['paris', portsExhausted] as const];
      const input = {
        ...anInput({ view, source: sourceOf(view, limits), notAccepted, limits, answer }),
        ...{ portsExhausted: new Map(exhausted), now: epoch, monotonic: uptime },
      };
      const verdicts = desiredConditions(input, rolesOf(input));
      assert.deepEqual(
        Object.fromEntries(verdicts.map(({ type, status, reason }) => [type, `${status} ${reason}`])),
        says,
      );
      assert.deepEqual(
        verdicts.map(({ type }) => type),
        mirrorConditions,
      );
      for (const { message } of verdicts) assert.notEqual(message, '');
      if (tells !== undefined) assert.match(verdicts.at(-1)?.message ?? '', tells);
    });
  }
});
