import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap } from '../../test/gen/reflecting.js';
import { configMaps } from '../api/resources.js';
import type { KubeClient } from './kube.js';
import { aroundWrites } from './writes.js';

test('aroundWrites() is told of each write, sends it as it is, and gives its answer', async () => {
  const sent: unknown[][] = [];
  const told: string[] = [];
  const send =
    (method: string) =>
    async (...args: unknown[]) => {
      sent.push([method, ...args]);
      return method;
    };
  const methods = ['create', 'mergePatch', 'apply', 'replace', 'remove', 'get'];
  const kube = Object.fromEntries(methods.map((name) => [name, send(name)])) as unknown as KubeClient;
  const client = aroundWrites(kube, (write, go) => {
    told.push(`${write.verb} ${write.resource.plural} ${write.key}`);
    return go();
  });
  const object = configMap('a');
  const options = { fieldManager: 'me' };
  assert.equal(await client.create(configMaps, object), 'create');
  await client.mergePatch(configMaps, 'default/b', { data: {} });
  await client.apply(configMaps, object, options);
  await client.replace(configMaps, object, options);
  await client.remove(configMaps, 'default/c', { uid: 'u' });
  await client.get(configMaps, 'default/d');
  assert.deepEqual(told, [
    'create configmaps default/a',
    'patch configmaps default/b',
    'apply configmaps default/a',
    'replace configmaps default/a',
    'remove configmaps default/c',
  ]);
  assert.deepEqual(sent, [
    ['create', configMaps, object],
    ['mergePatch', configMaps, 'default/b', { data: {} }],
    ['apply', configMaps, object, options],
    ['replace', configMaps, object, options],
    ['remove', configMaps, 'default/c', { uid: 'u' }],
    ['get', configMaps, 'default/d'],
  ]);
});
