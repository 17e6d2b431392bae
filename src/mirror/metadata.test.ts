import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, frozen, of } from '../../test/gen.js';
import { controllerRef, ownAnnotations, ownLabels, takenOver, travelling } from './metadata.js';

describe('travelling()', () => {
  const cases: Record<string, { key: string; excluded?: string[]; travels: boolean }> = {
    'takes an ordinary key': { key: 'app', travels: true },
    'takes a prefixed key': { key: 'example.com/team', travels: true },
    'leaves the export label': { key: 'mirror.linkerd.io/exported', travels: false },
    'leaves our own keys': { key: 'linkerd.io/link', travels: false },
    'takes keys of domains that only end alike': { key: 'config.linkerd.io/opaque-ports', travels: true },
    'leaves what kubectl keeps for itself': {
      key: 'kubectl.kubernetes.io/last-applied-configuration',
      travels: false,
    },
    'leaves topology hints': { key: 'service.kubernetes.io/topology-mode', travels: false },
    'leaves old topology hints': { key: 'service.kubernetes.io/topology-aware-hints', travels: false },
    'leaves the name of the Service of a slice': { key: 'kubernetes.io/service-name', travels: false },
    'leaves the mark of headlessness': { key: 'service.kubernetes.io/headless', travels: false },
    'leaves who manages it there': { key: 'app.kubernetes.io/managed-by', travels: false },
    'leaves time stamps of the slice controller': {
      key: 'endpoints.kubernetes.io/last-change-trigger-time',
      travels: false,
    },
    'leaves an excluded key': { key: 'team', excluded: ['team'], travels: false },
    'leaves keys of an excluded prefix': {
      key: 'example.com/team',
      excluded: ['example.com/*'],
      travels: false,
    },
    'takes a key that only begins like an excluded one': { key: 'teams', excluded: ['team'], travels: true },
    'takes a key that only begins like an excluded prefix': {
      key: 'example.community/team',
      excluded: ['example.com/*'],
      travels: true,
    },
  };
  for (const [sentence, { key, excluded, travels }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(travelling({ [key]: 'x' }, excluded), travels ? { [key]: 'x' } : {}));
  }

  it('takes nothing from nothing', () => assert.deepEqual(travelling(undefined, undefined), {}));
});

describe('takenOver()', () => {
  it('excludes labels and annotations each by their own list', () => {
    const remote = frozen({ labels: { a: '1', b: '2' }, annotations: { a: '1', b: '2' } });
    const imports = { excludedLabels: ['a'], excludedAnnotations: ['b'] };
    assert.deepEqual(takenOver(remote, { namespaceMapping: 'Same', ...imports }), {
      labels: { b: '2' },
      annotations: { a: '1' },
    });
  });
});

describe('ownLabels()', () => {
  it('names the manager, the Link and the mirror', () => {
    assert.deepEqual(ownLabels({ mirror: aMirror('hello-mirror') }), {
      'app.kubernetes.io/managed-by': 'service-mirror',
      'linkerd.io/link': 'paris',
      'linkerd.io/service-mirror': 'hello-mirror',
    });
  });

  it('bounds the name of the mirror to what a label may hold', () => {
    const label = ownLabels({ mirror: aMirror('m'.repeat(253)) })['linkerd.io/service-mirror'] ?? '';
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
    it(sentence, () => assert.deepEqual(ownAnnotations({ mirror }), { 'linkerd.io/remote-service': says }));
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
