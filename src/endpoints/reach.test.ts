import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aSlice, endpoint, slice, slicePorts, unready } from '../../test/gen/gen.js';
import type { EndpointConditions, EndpointPort, EndpointSlice, ServicePort } from '../api/objects.js';
import type { Family } from './family.js';
import { closedWords, reachOf, unreachable } from './reach.js';

type Slice = ReturnType<typeof aSlice>;

interface Case {
  slices: Slice[];
  ports?: ServicePort[];
  families?: Family[];
  headless?: true;
  selects?: false;
  /** `ready/total`, and how many of the ready ones are leaving. */
  is: string;
  /** What is said of closed ports. */
  closed?: string;
}

const http: ServicePort = { name: 'http', port: 80, targetPort: 'http' };
const metrics: ServicePort = { name: 'metrics', port: 9090, targetPort: 'metrics' };
const web: EndpointPort = { name: 'http', port: 8080, protocol: 'TCP' };
const pod = (uid: string) => ({ targetRef: { kind: 'Pod', uid } });
const being = (conditions: EndpointConditions) => ({ conditions });
const leaving = being({ ready: false, serving: true, terminating: true });
const gone = being({ ready: false, serving: false, terminating: true });
const two = slice('two');
const six = slice('six', 'IPv6');
const withPorts = (ports: EndpointPort[] | null) => (draft: EndpointSlice) => void (draft.ports = ports);

const cases: Record<string, Case> = {
  'nothing in nothing': { slices: [], is: '0/0' },
  'endpoints over all slices': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1')),
      aSlice('a', two, slicePorts(web), unready('10.9.0.2')),
    ],
    is: '1/2',
  },
  'an endpoint without conditions as ready': {
    slices: [aSlice('a', slicePorts(web), (draft) => (draft.endpoints = [{ addresses: ['10.9.0.1'] }]))],
    is: '1/1',
  },
  'a slice without endpoints as none': {
    slices: [aSlice('a', slicePorts(web), (draft) => (draft.endpoints = null))],
    is: '0/0',
  },
  'a pod with two families once': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1', pod('a'))),
      aSlice('a', six, slicePorts(web), endpoint('fd00::1', pod('a'))),
    ],
    is: '1/1',
  },
  'a pod as ready that is ready in one of its slices': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1', { ...pod('a'), ...being({ ready: false }) })),
      aSlice('a', two, slicePorts(web), endpoint('10.9.0.1', pod('a'))),
    ],
    is: '1/1',
  },
  'an address once that stands in two slices': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1')),
      aSlice('a', two, slicePorts(web), endpoint('10.9.0.1')),
    ],
    is: '1/1',
  },

  'no pod that offers no port, as the slice controller writes it': {
    slices: [aSlice('a', withPorts(null), endpoint('10.9.0.1'))],
    is: '0/1',
    closed: 'port http: no pod offers targetPort http',
  },
  'no pod behind a slice by hand whose port has another name': {
    slices: [aSlice('a', slicePorts({ name: 'web', port: 8080 }), endpoint('10.9.0.1'))],
    selects: false,
    is: '0/1',
    closed: 'port http: no EndpointSlice of the remote service has a TCP port named "http"',
  },
  'no pod behind a slice by hand whose port has a name, where the Service has none': {
    slices: [aSlice('a', slicePorts({ name: 'web', port: 8080 }), endpoint('10.9.0.1'))],
    ports: [{ port: 80 }],
    selects: false,
    is: '0/1',
    closed: 'port 80: no EndpointSlice of the remote service has a TCP port without a name',
  },
  'no port of another protocol': {
    slices: [aSlice('a', slicePorts({ ...web, protocol: 'UDP' }), endpoint('10.9.0.1'))],
    is: '0/1',
    closed: 'port http: no pod offers targetPort http',
  },
  'no port without a number': {
    slices: [aSlice('a', slicePorts({ name: 'http' }), endpoint('10.9.0.1'))],
    is: '0/1',
    closed: 'port http: no pod offers targetPort http',
  },
  'an endpoint of one port, and names the other': {
    slices: [aSlice('a', slicePorts(web), endpoint('10.9.0.1'))],
    ports: [http, metrics],
    is: '1/1',
    closed: 'port metrics: no pod offers targetPort metrics',
  },
  'ports that some pods offer, each by its own': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1')),
      aSlice('a', two, slicePorts({ name: 'metrics', port: 9090 }), unready('10.9.0.2')),
    ],
    ports: [http, metrics],
    is: '1/2',
    closed: 'port metrics: none of its endpoints is ready',
  },

  'no host name': {
    slices: [aSlice('a', slice('names', 'FQDN'), slicePorts(web), endpoint('example.com'))],
    is: '0/1',
    closed: 'port http: none of its endpoints has an IPv4 or IPv6 address',
  },
  'no family that the service does not have': {
    slices: [aSlice('a', six, slicePorts(web), endpoint('fd00::1'))],
    families: ['IPv4'],
    is: '0/1',
    closed: 'port http: none of its endpoints has an IPv4 address',
  },

  'pods that are shutting down and still serve, while none is ready': {
    slices: [aSlice('a', slicePorts(web), endpoint('10.9.0.1', leaving), endpoint('10.9.0.2', gone))],
    is: '1/2, 1 leaving',
  },
  'none that is shutting down while another is ready': {
    slices: [aSlice('a', slicePorts(web), endpoint('10.9.0.1', leaving), endpoint('10.9.0.2'))],
    is: '1/2',
  },
  'none that is shutting down while another is ready in another slice': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1', leaving)),
      aSlice('a', two, slicePorts(web), endpoint('10.9.0.2')),
    ],
    is: '1/2',
  },
  'what is shutting down by port: another port may have nobody else': {
    slices: [
      aSlice('a', slicePorts(web, { name: 'metrics', port: 9090 }), endpoint('10.9.0.1', leaving)),
      aSlice('a', two, slicePorts(web), endpoint('10.9.0.2')),
    ],
    ports: [http, metrics],
    is: '2/2, 1 leaving',
  },
  'what is shutting down by family: callers of the other one have nobody else': {
    slices: [
      aSlice('a', slicePorts(web), endpoint('10.9.0.1', leaving)),
      aSlice('a', six, slicePorts(web), endpoint('fd00::1')),
    ],
    is: '2/2, 1 leaving',
  },
  'nothing that serves but is not ready for another reason': {
    slices: [aSlice('a', slicePorts(web), endpoint('10.9.0.1', being({ ready: false, serving: true })))],
    is: '0/1',
    closed: 'port http: none of its endpoints is ready',
  },

  'pods of a headless service whatever their ports': {
    slices: [aSlice('a', withPorts(null), endpoint('10.9.0.1'), unready('10.9.0.2'))],
    headless: true,
    is: '1/2',
  },
  'no pod of a headless service that is shutting down, for DNS leaves it out': {
    slices: [aSlice('a', slicePorts(web), endpoint('10.9.0.1', leaving))],
    headless: true,
    is: '0/1',
  },
};

describe('reachOf() counts', () => {
  for (const [sentence, { slices, is, closed = '', ...given }] of Object.entries(cases)) {
    it(sentence, () => {
      const { ports = [http], families = ['IPv4', 'IPv6'], headless = false, selects = true } = given;
      const reach = reachOf(slices, { ports, families, headless, selects });
      const left = reach.leaving === 0 ? '' : `, ${reach.leaving} leaving`;
      assert.equal(`${reach.ready}/${reach.total}${left}`, is);
      const telling = reach.closed.filter(
        ({ unready: passing }) => reach.ready > 0 || !passing || closed !== '',
      );
      assert.equal(closedWords(telling), closed);
    });
  }
});

describe('unreachable()', () => {
  const way = { ports: [http, metrics], families: ['IPv4' as const], headless: false, selects: true };
  it('says how many are not ready, when that is all', () => {
    const both = slicePorts(web, { name: 'metrics', port: 9090 });
    const slices = [aSlice('a', both, unready('10.9.0.1'), unready('10.9.0.2'))];
    assert.equal(unreachable(reachOf(slices, way)), 'none of the 2 remote endpoints is ready');
  });
  it('says so of none, too', () =>
    assert.equal(unreachable(reachOf([], way)), 'none of the 0 remote endpoints is ready'));
  it('names each port where time alone does not mend it', () => {
    const slices = [aSlice('a', slicePorts(web), unready('10.9.0.1'))];
    assert.equal(
      unreachable(reachOf(slices, way)),
      'port http: none of its endpoints is ready; port metrics: no pod offers targetPort metrics',
    );
  });
});
