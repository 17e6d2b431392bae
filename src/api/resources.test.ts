import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyOf, links, namespaces, serviceMirrors, services, splitKey } from './resources.js';

describe('resources', () => {
  it('say where a kind lives', () => {
    assert.deepEqual(serviceMirrors, {
      group: 'linkerd.io',
      version: 'v1alpha1',
      plural: 'servicemirrors',
      kind: 'ServiceMirror',
      namespaced: true,
    });
    assert.equal(links.namespaced, false);
  });

  it('have no group in the core API', () => {
    assert.deepEqual([services.group, services.version, services.plural], ['', 'v1', 'services']);
    assert.deepEqual([namespaces.group, namespaces.namespaced], ['', false]);
  });
});

describe('keyOf() and splitKey()', () => {
  const cases = {
    'name what has a namespace by both': {
      key: 'default/hello',
      parts: { namespace: 'default', name: 'hello' },
    },
    'name what has none by its name': { key: 'paris', parts: { name: 'paris' } },
  };
  for (const [sentence, { key, parts }] of Object.entries(cases)) {
    it(sentence, () => {
      assert.equal(keyOf({ metadata: parts }), key);
      assert.deepEqual(splitKey(key), parts);
    });
  }
});
