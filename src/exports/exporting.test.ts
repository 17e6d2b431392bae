import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  exported,
  labelled,
  ownedBy,
  port,
  spec,
} from '../../test/gen/gen.js';
import { aHeadless, aPodSlice, slicesInMemory } from '../../test/gen/pods.js';
import { numbers } from '../../test/gen/numbers.js';
import type { KubeObject } from '../api/objects.js';
import { createStore } from '../runtime/cache.js';
import type { Link } from '../api/link.js';
import type { Namespace, Service, ServiceCaller } from '../api/objects.js';
import { serviceIdOf } from '../protocol/serviceid.js';
import { createExporting } from './exporting.js';

const london = [{ link: 'london' }];
const store = <T extends KubeObject>() => createStore<T>({ onError: assert.ifError });
const exporting = spec({
  exports: { services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } }, allowSelectorless: false },
});
const serviceId = (name: string) => serviceIdOf({ namespace: 'default', name, port: 80 });

/** A cluster with a Link that exports what is marked. */
function aCluster() {
  const hooks = store<ServiceCaller>();
  const { pods, ...slices } = slicesInMemory();
  const sources = {
    ...{ links: store<Link>(), services: store<Service>(), namespaces: store<Namespace>() },
    ...{ hooks, callers: () => hooks.list(), pods, own: 'service-mirror' },
  };
  sources.links.put(aLink('london', exporting));
  sources.namespaces.put(aNamespace('default'));
  const exports = createExporting(sources);
  return { ...sources, slices, exports, serviceIds: () => [...exports(london).exports.keys()] };
}

/** Another version of an object, as the API server would send it. */
const changed = <T extends KubeObject>(object: T, version: string): T => {
  return { ...object, metadata: { ...object.metadata, resourceVersion: version } };
};

test('a service is exported from the moment it is marked until it is not', () => {
  const { services, serviceIds } = aCluster();
  services.put(aService('hello', port(80)));
  assert.deepEqual(serviceIds(), []);
  services.put(changed(aService('hello', port(80), exported), '2'));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
  services.put(changed(aService('hello', port(80)), '3'));
  assert.deepEqual(serviceIds(), []);
});

test('exports follow the labels of the namespace', () => {
  const { links, namespaces, services, serviceIds } = aCluster();
  const blue = { matchLabels: { team: 'blue' } };
  links.put(
    changed(
      aLink('london', spec({ exports: { all: true, namespaces: blue, allowSelectorless: false } })),
      '2',
    ),
  );
  services.put(aService('hello', port(80)));
  assert.deepEqual(serviceIds(), []);
  namespaces.put(changed(aNamespace('default', labelled({ team: 'blue' })), '2'));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
});

test('exports follow the Link, and end with it', () => {
  const { links, services, serviceIds } = aCluster();
  services.put(aService('hello', port(80)));
  links.put(changed(aLink('london', spec({ exports: { all: true, allowSelectorless: false } })), '2'));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
  links.drop(aLink('london'));
  assert.deepEqual(serviceIds(), []);
});

test('a mirror is not exported, even by a Link that exports all', () => {
  const { links, services, serviceIds } = aCluster();
  links.put(changed(aLink('london', spec({ exports: { all: true, allowSelectorless: false } })), '2'));
  services.put(aService('hello', port(80), ownedBy(aMirror())));
  assert.deepEqual(serviceIds(), []);
});

test('a service that becomes a mirror is exported no more, and again when it is none', () => {
  const { services, serviceIds } = aCluster();
  services.put(aService('hello', port(80), exported));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
  services.put(changed(aService('hello', port(80), exported, ownedBy(aMirror())), '2'));
  assert.deepEqual(serviceIds(), []);
  services.put(changed(aService('hello', port(80), exported), '3'));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
});

test('a Link that cannot be read exports nothing, and does not stand in the way of others', () => {
  const { links, services, exports } = aCluster();
  services.put(aService('hello', port(80), exported));
  links.put(
    aLink(
      'rome',
      spec({ exports: { services: { matchExpressions: [{ key: 'a', operator: 'Like' }] } } as never }),
    ),
  );
  const { exports: all } = exports([{ link: 'london' }, { link: 'rome' }]);
  assert.deepEqual(
    [...all.values()].map(({ allow }) => [...allow]),
    [['london']],
  );
});

test('what cannot be exported is said', () => {
  const { services, exports } = aCluster();
  services.put(aService('hello', exported));
  const { problems } = exports(london);
  assert.deepEqual(
    [...problems.values()].flat().map(({ service, reason, links }) => [service, reason, ...links]),
    [['default/hello', 'UnsupportedProtocol', 'london']],
  );
});

test('an unchanged service is not looked at again, also when the status of its Link changes', () => {
  const { links, services, exports } = aCluster();
  services.put(aService('hello', port(80), exported));
  const before = exports(london).exports.get(serviceId('hello'));
  assert.ok(before);
  links.put(changed({ ...aLink('london', exporting), status: { remoteVersion: 'v1' } }, '2'));
  services.put(aService('world', port(80), exported));
  assert.equal(exports(london).exports.get(serviceId('hello')), before);
});

test('a service that becomes a webhook is no longer exported with all', () => {
  const { links, services, hooks, serviceIds } = aCluster();
  links.put(changed(aLink('london', spec({ exports: { all: true, allowSelectorless: false } })), '2'));
  services.put(aService('hello', port(80)));
  assert.deepEqual(serviceIds(), [serviceId('hello')]);
  const service = { namespace: 'default', name: 'hello' };
  hooks.put({
    apiVersion: 'v1',
    kind: 'Hooks',
    metadata: { name: 'hooks' },
    webhooks: [{ clientConfig: { service } }],
  });
  assert.deepEqual(serviceIds(), []);
});

test('a headless service is exported pod by pod, and follows their addresses', () => {
  const { services, slices, exports } = aCluster();
  const targets = () =>
    [...exports(london).exports.values()].map(({ target }) => `${target.host}:${target.port}`);
  services.put(aHeadless('db', port(80, { name: 'db' }), exported));
  assert.deepEqual([targets(), slices.needed()], [[], ['default/db']]);
  slices.put(
    aPodSlice('db', [
      ['db-0', '10.1.0.1'],
      ['db-1', '10.1.0.2'],
    ]),
  );
  assert.deepEqual(targets(), ['10.1.0.1:5432', '10.1.0.2:5432']);
  const [, second] = [...exports(london).exports.values()];
  slices.put(
    aPodSlice('db', [
      ['db-0', '10.1.0.9'],
      ['db-1', '10.1.0.2'],
    ]),
  );
  assert.deepEqual(targets(), ['10.1.0.9:5432', '10.1.0.2:5432']);
  assert.equal([...exports(london).exports.values()][1], second, 'the other pod keeps its export');
  services.put(changed(aHeadless('db', port(80, { name: 'db' })), '2'));
  assert.deepEqual([targets(), slices.needed()], [[], []]);
});

test('slices are not needed for headless services that nobody exports', () => {
  const { services, slices, serviceIds } = aCluster();
  services.put(aHeadless('db', port(80)));
  slices.put(aPodSlice('db', [['db-0', '10.1.0.1']]));
  assert.deepEqual([serviceIds(), slices.needed()], [[], []]);
});

test('createExporting() remembers nothing that another one, which is made now, would not say', () => {
  const { exports, slices, ...sources } = aCluster();
  const { links, services, namespaces, hooks } = sources;
  const random = numbers(23);
  const one = <T>(...values: readonly T[]): T => values[random(values.length)]!;
  let version = 2;
  const again = <T extends KubeObject>(object: T) => changed(object, String(version++));
  const teams = ['blue', 'red'];
  const exportingSome = () =>
    one(
      exporting,
      spec({ exports: { all: true, allowSelectorless: false } }),
      spec({
        exports: {
          all: true,
          namespaces: { matchLabels: { team: one(...teams) } },
          allowSelectorless: false,
        },
      }),
    );
  const steps = [
    () =>
      services.put(
        again(aService(one('a', 'b', 'c'), port(one(80, 81)), ...(one(true, false) ? [exported] : []))),
      ),
    () => services.put(again(aService(one('a', 'b', 'c'), exported))),
    () => services.drop(aService(one('a', 'b', 'c'))),
    () => services.put(again(aHeadless(one('a', 'b'), port(80, { name: 'db' }), exported))),
    () => slices.put(aPodSlice(one('a', 'b'), [['db-0', `10.1.0.${1 + random(3)}`]])),
    () => namespaces.put(again(aNamespace('default', labelled({ team: one(...teams) })))),
    () => namespaces.drop(aNamespace('default')),
    () => links.put(again(aLink(one('london', 'rome'), exportingSome()))),
    () => links.drop(aLink('rome')),
    () =>
      hooks.put({
        ...{
          apiVersion: 'v1',
          kind: 'Hooks',
          metadata: { name: 'hooks', resourceVersion: String(version++) },
        },
        webhooks: [{ clientConfig: { service: { namespace: 'default', name: one('a', 'b') } } }],
      }),
  ];
  for (let round = 0; round < 500; round++) {
    for (let step = random(3); step >= 0; step--) one(...steps)();
    const peers = random(10) === 0 ? [] : [{ link: 'london' }, { link: 'rome' }];
    const [is, expected] = [exports(peers), createExporting(sources)(peers)];
    assert.deepEqual(new Map(is.exports), new Map(expected.exports), `round ${round}`);
    assert.deepEqual(new Map(is.problems), new Map(expected.problems), `round ${round}`);
  }
});
