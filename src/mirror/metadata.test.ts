import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, frozen, of } from '../../test/gen/gen.js';
import { backendsOfSpec } from '../api/backends.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver, travelling } from './metadata.js';

describe('travelling()', () => {
  const cases: Record<string, { key: string; excluded?: string[]; safe: boolean; all?: boolean }> = {
    'takes an ordinary key': { key: 'app', safe: true },
    'takes a prefixed key': { key: 'example.com/team', safe: true },
    'takes keys of domains that only end alike': { key: 'config.linkerd.io/opaque-ports', safe: true },
    'takes what describes an application': { key: 'app.kubernetes.io/part-of', safe: true },
    'leaves what steers something there, unless all is asked for': {
      key: 'argocd.argoproj.io/instance',
      safe: false,
      all: true,
    },
    'leaves the export label': { key: 'mirror.linkerd.io/exported', safe: false, all: false },
    'leaves what would lead proxies to other Services': {
      key: 'multicluster.linkerd.io/local-discovery',
      safe: false,
      all: false,
    },
    'leaves our own keys': { key: 'linkerd.io/link', safe: false, all: false },
    'leaves what kubectl keeps for itself': {
      key: 'kubectl.kubernetes.io/last-applied-configuration',
      safe: false,
      all: false,
    },
    'leaves another proxy than kube-proxy': {
      key: 'service.kubernetes.io/service-proxy-name',
      safe: false,
      all: false,
    },
    'leaves topology hints': { key: 'service.kubernetes.io/topology-mode', safe: false, all: false },
    'leaves old topology hints': {
      key: 'service.kubernetes.io/topology-aware-hints',
      safe: false,
      all: false,
    },
    'leaves the name of the Service of a slice': {
      key: 'kubernetes.io/service-name',
      safe: false,
      all: false,
    },
    'leaves the mark of headlessness': { key: 'service.kubernetes.io/headless', safe: false, all: false },
    'leaves who manages it there': { key: 'app.kubernetes.io/managed-by', safe: false, all: false },
    'leaves time stamps of the slice controller': {
      key: 'endpoints.kubernetes.io/last-change-trigger-time',
      safe: false,
      all: false,
    },
    'leaves an excluded key': { key: 'team', excluded: ['team'], safe: false, all: false },
    'leaves keys of an excluded prefix': {
      key: 'example.com/team',
      excluded: ['example.com/*'],
      safe: false,
      all: false,
    },
    'takes a key that only begins like an excluded one': { key: 'teams', excluded: ['team'], safe: true },
    'takes a key that only begins like an excluded prefix': {
      key: 'example.community/team',
      excluded: ['example.com/*'],
      safe: true,
    },
  };
  for (const [sentence, { key, excluded, safe, all = safe }] of Object.entries(cases)) {
    it(sentence, () => {
      const entries = frozen({ [key]: 'x' });
      const taken = (travels: boolean) => (travels ? entries : {});
      assert.deepEqual(travelling(entries, { excluded }), taken(safe), 'by default');
      assert.deepEqual(travelling(entries, { metadata: 'Safe', excluded }), taken(safe), 'Safe');
      assert.deepEqual(travelling(entries, { metadata: 'All', excluded }), taken(all), 'All');
      assert.deepEqual(travelling(entries, { metadata: 'None', excluded }), {}, 'None');
    });
  }

  it('takes nothing from nothing', () => assert.deepEqual(travelling(undefined), {}));
});

describe('takenOver()', () => {
  const remote = frozen({ labels: { a: '1', b: '2' }, annotations: { a: '1', b: '2' } });

  it('excludes labels and annotations each by their own list', () => {
    const imports = { excludedLabels: ['a'], excludedAnnotations: ['b'] };
    assert.deepEqual(takenOver(remote, { namespaceMapping: 'Same', metadata: 'Safe', ...imports }), {
      labels: { b: '2' },
      annotations: { a: '1' },
    });
  });

  it('takes nothing where the Link says None', () => {
    assert.deepEqual(takenOver(remote, { namespaceMapping: 'Same', metadata: 'None' }), {
      labels: {},
      annotations: {},
    });
  });
});

const paris = { cluster: 'paris', namespace: 'default', name: 'hello' };

describe('ownLabels()', () => {
  it('names the manager, the Link and the mirror', () => {
    assert.deepEqual(ownLabels(aMirror('hello-mirror'), paris), {
      'app.kubernetes.io/managed-by': 'service-mirror',
      'linkerd.io/link': 'paris',
      'linkerd.io/service-mirror': 'hello-mirror',
    });
  });

  it('bounds the name of the mirror to what a label may hold', () => {
    const label = ownLabels(aMirror('m'.repeat(253)), paris)['linkerd.io/service-mirror'] ?? '';
    assert.equal(label.length, 63);
    assert.match(label, /^m{54}-[0-9a-f]{8}$/);
  });
});

describe('ownAnnotations()', () => {
  const cases: Record<string, { mirror: ReturnType<typeof aMirror>; says: string }> = {
    'names the remote service': { mirror: aMirror('m', of('paris', 'shop/cart')), says: 'shop/cart' },
    'takes the namespace of the mirror when none is given': { mirror: aMirror('m'), says: 'default/hello' },
  };
  for (const [sentence, { mirror, says }] of Object.entries(cases)) {
    it(sentence, () =>
      assert.deepEqual(ownAnnotations(backendsOfSpec(mirror)[0]), { 'linkerd.io/remote-service': says }),
    );
  }
});

describe('controllerRef()', () => {
  it('controls by UID, and blocks nothing', () => {
    assert.deepEqual(controllerRef(aService('hello')), {
      apiVersion: 'v1',
      kind: 'Service',
      name: 'hello',
      uid: 'uid-service-hello',
      controller: true,
    });
  });
});
