import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  aView,
  endpoint,
  frozen,
  headless,
  metadata,
  ofClusters,
  onlyPorts,
  ownedBy,
  port,
  serviceSpec,
  slice,
  slicePorts,
  unready,
  withStatus,
  type ViewFields,
} from '../../test/gen/gen.js';
import type { ServicePort } from '../api/objects.js';
import { transports } from '../transport/transports.js';
import { isOwned, missingPorts, selectPorts, sourceOf } from './source.js';

const mirror = aMirror('hello-mirror', withStatus({ endpoints: { ready: 2, total: 3, display: '2/3' } }));
const ours = aService('hello', port(80), ownedBy(mirror));
const remote = aService('hello', port(80, { name: 'http' }), port(53, { name: 'dns', protocol: 'UDP' }));

describe('sourceOf()', () => {
  const cases: Record<string, { view: ViewFields; is: ReturnType<typeof sourceOf>['kind'] }> = {
    'is live when a synced cache has the service': {
      view: { remote: { synced: true, service: remote, slices: [] } },
      is: 'live',
    },
    'is live while contact is lost, as long as the cache was complete once': {
      view: { remote: { synced: true, failingSince: 1, service: remote, slices: [] } },
      is: 'live',
    },
    'is absent when a synced cache has no such service': {
      view: { local: ours, remote: { synced: true, slices: [] } },
      is: 'absent',
    },
    'is remembered, not absent, while the cache is not synced': {
      view: { local: ours, remote: { synced: false, slices: [] } },
      is: 'remembered',
    },
    'is remembered when nobody has connected yet': {
      view: { local: ours, remote: undefined },
      is: 'remembered',
    },
    'is unknown when there is nothing to remember': {
      view: { remote: { synced: false, slices: [] } },
      is: 'unknown',
    },
    'is unknown when the status has not counted endpoints: none counted is not none there': {
      view: { mirror: aMirror(), local: ours, remote: { synced: false, slices: [] } },
      is: 'unknown',
    },
    'is unknown when the Service of that name is not ours': {
      view: { local: aService('hello', port(80)), remote: { synced: false, slices: [] } },
      is: 'unknown',
    },
    'trusts no service of a cache that is not synced': {
      view: { remote: { synced: false, service: remote, slices: [] } },
      is: 'unknown',
    },
  };
  for (const [sentence, { view, is }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(sourceOf(aView({ mirror, ...view })).kind, is));
  }

  it('takes ports, endpoints and headlessness from the remote service', () => {
    const slices = [aSlice('hello', endpoint('10.9.0.1'), unready('10.9.0.2'))];
    const service = aService('hello', headless, port(80));
    assert.deepEqual(sourceOf(aView({ mirror, remote: { synced: true, service, slices } })), {
      kind: 'live',
      ports: [{ port: 80, protocol: 'TCP' }],
      headless: true,
      ready: 1,
      leaving: 0,
      total: 2,
      closed: [],
      service,
      slices,
    });
  });

  it('concludes anew when anything has changed', () => {
    const slices = [aSlice('hello', endpoint('10.9.0.1'), unready('10.9.0.2'))];
    const onlyDns = aMirror('hello-mirror', onlyPorts('dns'));
    const pod = { cluster: 'paris', namespace: 'default', name: 'hello', hostname: 'hello-0' };
    const of = (fields: ViewFields, limits?: Parameters<typeof sourceOf>[1]) => {
      const found = sourceOf(
        aView({ mirror, remote: { synced: true, service: remote, slices }, ...fields }),
        limits,
      );
      return 'ports' in found
        ? [found.ports.length, found.closed.length, found.ready, found.total]
        : found.kind;
    };
    const first = of({});
    const others = {
      'other slices': () => of({ remote: { synced: true, service: remote, slices: [] } }),
      'other ports wanted': () => of({ mirror: onlyDns }),
      'another version of it': () => of({ remote: { synced: true, service: ours, slices } }),
      'one pod of it': () => of({ backend: pod }),
      'a transport that carries less': () => of({}, transports.gateway.limits),
    };
    for (const [what, then] of Object.entries(others)) {
      assert.notDeepEqual(then(), first, what);
      assert.deepEqual(of({}), first, what);
    }
  });

  it('remembers the ports of the local Service and the counts of the status', () => {
    assert.deepEqual(sourceOf(aView({ mirror, local: ours, remote: { synced: false, slices: [] } })), {
      kind: 'remembered',
      ports: [{ port: 80, protocol: 'TCP' }],
      headless: false,
      ready: 2,
      total: 3,
      leaving: 0,
      closed: [],
      slices: [],
    });
  });
});

describe('sourceOf() remembers, when the spec has come to name', () => {
  const [source, endpoints] = [
    { cluster: 'paris', namespace: 'default', name: 'hello', display: 'default/hello' },
    { ready: 5, total: 6, display: '' },
  ];
  const countOf = (changed: typeof mirror, cluster: string) => {
    const local = aService('hello', port(80), ownedBy(changed));
    const backend = { cluster, namespace: 'default', name: 'hello' };
    const found = sourceOf(aView({ mirror: changed, local, backend, remote: { synced: false, slices: [] } }));
    return found.kind === 'remembered' ? found.ready : found.kind;
  };

  it('several clusters in place of one, what was counted of the one', () => {
    const several = aMirror('hello-mirror', ofClusters('paris', 'rome'), withStatus({ source, endpoints }));
    assert.deepEqual([countOf(several, 'paris'), countOf(several, 'rome')], [5, 'unknown']);
  });

  it('one cluster in place of several, what was counted of it, and not of all', () => {
    const record = { ...{ cluster: 'paris', namespace: 'default', name: 'hello' }, priority: 0, weight: 1 };
    const backends = [{ ...record, state: 'Serving' as const, ready: 2, total: 2 }];
    const one = aMirror('hello-mirror', withStatus({ source, endpoints, backends }));
    assert.equal(countOf(one, 'paris'), 2);
  });
});

describe('sourceOf() counts what the remote cluster itself would reach', () => {
  const http = port(80, { name: 'http' });
  const dns = port(53, { name: 'dns', protocol: 'UDP' });
  const both = {
    ipFamilies: ['IPv4', 'IPv6'],
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10', 'fd00::10'],
  };
  const four = aSlice('hello', slicePorts({ name: 'http', port: 8080 }), endpoint('10.9.0.1'));
  const six = aSlice(
    'hello',
    slice('six', 'IPv6'),
    slicePorts({ name: 'http', port: 8080 }),
    endpoint('fd00::1'),
  );
  const cases: Record<
    string,
    {
      service: ReturnType<typeof aService>;
      over: keyof typeof transports;
      slices: (typeof four)[];
      are: string;
    }
  > = {
    'over the family that our gateway there dials': {
      service: aService('hello', http, serviceSpec(both)),
      over: 'gateway',
      slices: [six],
      are: '0/1 http: none of its endpoints has an IPv4 address',
    },
    'over each family that the service has, where nobody dials its first address': {
      service: aService('hello', http, serviceSpec(both)),
      over: 'flat',
      slices: [six],
      are: '1/1',
    },
    'over no family that the service does not have': {
      service: aService('hello', http, serviceSpec({ ipFamilies: ['IPv6'], clusterIP: 'fd00::10' })),
      over: 'flat',
      slices: [four],
      are: '0/1 http: none of its endpoints has an IPv6 address',
    },
    'over ports that the transport carries': {
      service: aService('hello', dns, http),
      over: 'linkerd',
      slices: [four],
      are: '1/1',
    },
  };
  for (const [sentence, { service, over, slices, are }] of Object.entries(cases)) {
    it(sentence, () => {
      const source = sourceOf(aView({ remote: { synced: true, service, slices } }), transports[over].limits);
      assert.ok(source.kind === 'live');
      const closed = source.closed.map(({ port: { name }, why }) => ` ${name}: ${why}`).join();
      assert.equal(`${source.ready}/${source.total}${closed}`, are);
    });
  }
});

describe('isOwned()', () => {
  const cases: Record<string, { by: Parameters<typeof isOwned>[0]; is: boolean }> = {
    'by its controller': { by: ours, is: true },
    'not by a mirror of the same name that was made anew': {
      by: aService('hello', ownedBy(aMirror('hello-mirror', metadata({ uid: 'another' })))),
      is: false,
    },
    'not by an owner that is no controller': {
      by: aService('hello', ownedBy(mirror), ({ metadata: { ownerReferences = [] } }) => {
        for (const ref of ownerReferences) ref.controller = false;
      }),
      is: false,
    },
    'not without owners': { by: aService(), is: false },
  };
  for (const [sentence, { by, is }] of Object.entries(cases)) {
    it(sentence, () => assert.equal(isOwned(by, mirror), is));
  }

  it('not by an owner without a UID', () => {
    const anonymous = { metadata: { ownerReferences: [{ uid: '', controller: true }] } };
    assert.equal(isOwned(anonymous, { metadata: {} }), false);
  });
});

describe('selectPorts()', () => {
  const http = frozen(remote.spec.ports ?? []);
  const cases: Record<
    string,
    {
      asked: (string | number)[] | undefined;
      of?: ServicePort[];
      are: number[];
      missing: (string | number)[];
    }
  > = {
    'takes all when none is named': { asked: undefined, are: [80, 53], missing: [] },
    'takes by number': { asked: [53], are: [53], missing: [] },
    'takes by name': { asked: ['http'], are: [80], missing: [] },
    'keeps the remote order': { asked: [53, 'http'], are: [80, 53], missing: [] },
    'takes a port once that is named twice': { asked: [80, 'http'], are: [80], missing: [] },
    'takes by number no port of that name': {
      asked: [80],
      of: [
        { name: '80', port: 8080 },
        { name: 'http', port: 80 },
      ],
      are: [80],
      missing: [],
    },
    'takes by name no port of that number': {
      asked: ['80'],
      of: [
        { name: '80', port: 8080 },
        { name: 'http', port: 80 },
      ],
      are: [8080],
      missing: [],
    },
    'misses a number that is only a name': {
      asked: [80],
      of: [{ name: '80', port: 8080 }],
      are: [],
      missing: [80],
    },
    'names what is missing': { asked: [80, 443, 'https'], are: [80], missing: [443, 'https'] },
  };
  for (const [sentence, { asked, of: ports = http, are, missing }] of Object.entries(cases)) {
    it(sentence, () => {
      const asking = asked === undefined ? aMirror() : aMirror('some', onlyPorts(...asked));
      assert.deepEqual(
        selectPorts(ports, asking).map((selected) => selected.port),
        are,
      );
      assert.deepEqual(missingPorts(ports, asking), missing);
    });
  }
});
