import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aMirror,
  annotated,
  condition,
  holding,
  inNamespace,
  metadata,
  of,
  ofClusters,
  withStatus,
} from '../../../test/gen/gen.js';
import { numbers } from '../../../test/gen/numbers.js';
import type { BackendState } from '../../api/mirrorstatus.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { serviceIdOf } from '../../protocol/serviceid.js';
import { routesOfMirror, type Route } from '../../protocol/routes.js';
import { createRouting } from './routes.js';

const paris = new Set(['paris']);
/** What is routed when nothing is remembered. */
const routesOf = (mirrors: readonly ServiceMirror[], links: ReadonlySet<string>): Route[] => [
  ...createRouting()(mirrors, links).routes.values(),
];
const serviceId = (port: number, name = 'hello', namespace = 'default') =>
  serviceIdOf({ namespace, name, port });

test('createRouting() routes each port that has an egress port to the service ID of the remote one', () => {
  const mirror = aMirror('m', of('paris', 'shop/web'), holding({ 80: 10_000, 443: 10_001 }));
  assert.deepEqual(routesOf([mirror], paris), [
    { port: 10_000, link: 'paris', serviceId: serviceId(80, 'web', 'shop') },
    { port: 10_001, link: 'paris', serviceId: serviceId(443, 'web', 'shop') },
  ]);
});

test('createRouting() makes routes of what the operator has accepted, whatever the spec has come to ask for', () => {
  const edited = aMirror('m', holding({ 80: 10_000 }), of('rome', 'vault/keys'));
  const both = new Set(['paris', 'rome']);
  assert.deepEqual(routesOf([edited], both), [{ port: 10_000, link: 'paris', serviceId: serviceId(80) }]);
});

test('createRouting() makes no route of ports of which the status does not say where they lead', () => {
  const ports = [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 }];
  assert.deepEqual(routesOf([aMirror('m', withStatus({ ports }))], paris), []);
});

const refused = withStatus({ conditions: [condition('Accepted', 'False', 'NamespaceNotAllowed')] });

test('createRouting() makes no route of a mirror that is not accepted, though its status has ports', () => {
  assert.deepEqual(routesOf([aMirror('m', holding({ 80: 10_000 }), refused)], paris), []);
});

const turns = {
  'is not accepted any more': { after: aMirror('m', refused), revoked: true },
  'leads to another service': {
    after: aMirror('m', of('paris', 'default/other'), holding({ 80: 10_001 })),
    revoked: true,
  },
  'leads to another cluster': {
    after: aMirror('m', of('rome', 'default/hello'), holding({})),
    revoked: true,
  },
  'has lost a port': { after: aMirror('m', holding({})), revoked: false },
  'has gone': { after: undefined, revoked: false },
  'was made anew': { after: aMirror('m', metadata({ uid: 'new' }), refused), revoked: false },
};
for (const [title, { after, revoked }] of Object.entries(turns)) {
  test(`createRouting(): a mirror that ${title} is ${revoked ? 'revoked' : 'let go'}`, () => {
    const routing = createRouting();
    const mirror = aMirror('m', holding({ 80: 10_000 }));
    const route = routing([mirror], paris).routes.get(10_000);
    const next = routing(after === undefined ? [] : [after], paris);
    assert.equal(next.routes.has(10_000), false);
    assert.equal(route && next.mirrorOf(route), mirror.metadata.uid);
    assert.deepEqual([...next.revoked], revoked ? [[mirror.metadata.uid, []]] : []);
  });
}

/** A mirror of both clusters, of which these have egress ports; the others are not accepted. */
const clusters = (...names: string[]) => clustersWith(names, 'NotReady');
const clustersWith = (names: readonly string[], others: BackendState) =>
  aMirror(
    'm',
    ofClusters('paris', 'rome'),
    withStatus({
      backends: ['paris', 'rome'].map((cluster, at) => ({
        ...{ cluster, namespace: 'default', name: 'hello', state: 'Serving', priority: 0, weight: 1 },
        ...(names.includes(cluster)
          ? { ports: [{ port: 80, protocol: 'TCP', gatewayPort: 10_000 + at }] }
          : { state: others }),
      })),
    }),
  );
const both = new Set(['paris', 'rome']);
const changesOfMembers = {
  'loses a cluster': clusters('paris'),
  'is of one cluster now': aMirror('m', holding({ 80: 10_000 })),
};
for (const [title, after] of Object.entries(changesOfMembers))
  test(`createRouting(): a mirror that ${title} may still lead to the other`, () => {
    const routing = createRouting();
    const before = routing([clusters('paris', 'rome')], both).routes;
    assert.deepEqual(
      before.get(10_000)?.backends?.map(({ link }) => link),
      ['paris', 'rome'],
    );
    const { routes, revoked } = routing([after], both);
    assert.deepEqual([...revoked], [[after.metadata.uid, [{ link: 'paris', serviceId: serviceId(80) }]]]);
    assert.deepEqual([...routes.values()], [{ port: 10_000, link: 'paris', serviceId: serviceId(80) }]);
  });

test('createRouting(): a mirror whose Service is made anew has no ports meanwhile, and nothing of it is revoked', () => {
  const routing = createRouting();
  routing([clusters('paris', 'rome')], both);
  const { routes, revoked } = routing([clustersWith([], 'Serving')], both);
  assert.deepEqual([routes.size, revoked.size], [0, 0]);
});

test('createRouting(): of a mirror with a cluster more, or another weight, nothing is revoked', () => {
  const routing = createRouting();
  routing([clusters('paris')], both);
  const more = routing([clusters('paris', 'rome')], both);
  assert.equal(more.revoked.size, 0);
  const heavier = structuredClone(clusters('paris', 'rome'));
  heavier.status!.backends![0]!.weight = 3;
  const { routes, revoked } = routing([heavier], both);
  assert.equal(revoked.size, 0);
  assert.notEqual(routes.get(10_001), more.routes.get(10_001));
  assert.equal(routing([structuredClone(heavier)], both).routes, routes, 'an equal status is no change');
});

test("createRouting() takes the mirror's own namespace when the spec names none", () => {
  const mirror = aMirror('m', inNamespace('shop'), holding({ 80: 10_000 }));
  assert.equal(routesOf([mirror], paris)[0]?.serviceId, serviceId(80, 'hello', 'shop'));
});

test('routesOf() says of which ports the connections share tunnels', () => {
  const mirror = aMirror(
    'm',
    holding({ 80: 10_000, 443: 10_001 }),
    annotated({ 'linkerd.io/pooled-ports': '80' }),
  );
  assert.deepEqual(
    routesOf([mirror], paris).map(({ port, pooled }) => [port, pooled]),
    [
      [10_000, true],
      [10_001, undefined],
    ],
  );
});

const none = {
  'a mirror without status': aMirror('m'),
  'a port that has no egress port yet': aMirror('m', withStatus({ ports: [{ port: 80, protocol: 'TCP' }] })),
  'a mirror of a link without a resolved peer': aMirror(
    'm',
    of('rome', 'default/hello'),
    holding({ 80: 10_000 }),
  ),
};
for (const [title, mirror] of Object.entries(none)) {
  test(`createRouting() makes no route of ${title}`, () => assert.deepEqual(routesOf([mirror], paris), []));
}

const created = (creationTimestamp: string, uid: string) => metadata({ creationTimestamp, uid });
const claims = {
  'the older of two mirrors keeps a port that both claim': [
    aMirror(
      'young',
      of('paris', 'default/young'),
      created('2026-01-02T00:00:00Z', 'a'),
      holding({ 80: 10_000 }),
    ),
    aMirror('old', of('paris', 'default/old'), created('2026-01-01T00:00:00Z', 'b'), holding({ 80: 10_000 })),
  ],
  'of two mirrors of the same second the smaller uid keeps the port': [
    aMirror(
      'young',
      of('paris', 'default/young'),
      created('2026-01-01T00:00:00Z', 'b'),
      holding({ 80: 10_000 }),
    ),
    aMirror('old', of('paris', 'default/old'), created('2026-01-01T00:00:00Z', 'a'), holding({ 80: 10_000 })),
  ],
};
for (const [title, mirrors] of Object.entries(claims)) {
  test(`createRouting(): ${title}, in whichever order they come`, () => {
    for (const order of [mirrors, mirrors.toReversed()]) {
      assert.deepEqual(
        routesOf(order, paris).map(({ serviceId }) => serviceId),
        [serviceId(80, 'old')],
      );
    }
  });
}

test('a mirror of a link without a resolved peer does not take a port from one that carries traffic', () => {
  const old = aMirror(
    'old',
    of('rome', 'default/old'),
    created('2026-01-01T00:00:00Z', 'a'),
    holding({ 80: 10_000 }),
  );
  const young = aMirror('young', created('2026-01-02T00:00:00Z', 'b'), holding({ 80: 10_000 }));
  assert.equal(routesOf([old, young], paris).length, 1);
});

test('createRouting() makes the same route objects of an unchanged mirror, and new ones of a changed one', () => {
  const routing = createRouting();
  const [mirror, changed] = [aMirror('m', holding({ 80: 10_000 })), aMirror('m', holding({ 80: 10_001 }))];
  const first = routing([mirror], paris).routes;
  assert.equal(routing([mirror], paris).routes, first);
  assert.equal(
    routing([mirror, aMirror('n', holding({ 80: 10_002 }))], paris).routes.get(10_000),
    first.get(10_000),
  );
  assert.deepEqual([...routing([changed], paris).routes.values()], routesOfMirror(changed));
});

test('createRouting() remembers nothing that another one, which is told all at once, would not say', () => {
  const routing = createRouting();
  const random = numbers(7);
  let mirrors: ServiceMirror[] = [];
  for (let round = 0; round < 300; round++) {
    const n = random(8);
    const at = mirrors.findIndex(({ metadata: { name } }) => name === `m-${n}`);
    const fresh = aMirror(
      `m-${n}`,
      of(random(3) === 0 ? 'rome' : 'paris', `default/s-${random(4)}`),
      created(`2026-01-0${1 + random(3)}T00:00:00Z`, `uid-${n}`),
      holding({ 80: 10_000 + random(6) }),
    );
    mirrors =
      random(3) === 0 || at < 0 ? mirrors.filter((_, index) => index !== at) : mirrors.with(at, fresh);
    if (at < 0) mirrors = [...mirrors, fresh];
    const links = new Set(random(4) === 0 ? ['paris', 'rome'] : ['paris']);
    const expected = new Map(routesOf(mirrors, links).map((route) => [route.port, route]));
    assert.deepEqual(new Map(routing(mirrors, links).routes), expected, `round ${round}`);
  }
});

test('createRouting() makes another route of a mirror that comes to share tunnels', () => {
  const routing = createRouting();
  const mirror = aMirror('m', holding({ 80: 10_000 }));
  routing([mirror], paris);
  const pooled = aMirror('m', holding({ 80: 10_000 }), annotated({ 'linkerd.io/pooled-ports': '80' }));
  assert.equal(routing([pooled], paris).routes.get(10_000)?.pooled, true);
});
