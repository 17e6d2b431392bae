import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { namespaces } from '../../api/resources.js';
import { createKube, isGone } from '../kube.js';
import { listAll } from './list.js';

test('listAll() begins anew when the snapshot expires between two pages', async () => {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'tester' });
  try {
    for (let i = 0; i < 700; i++)
      api.put(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${i}` } });
    api.fault({ path: /continue=/ }, { kind: 'first', run: () => api.compact() });
    const { items, resourceVersion } = await listAll(kube, namespaces, {}, new AbortController().signal);
    assert.equal(new Set(items.map(({ metadata }) => metadata.name)).size, 700);
    assert.equal(items.length, 700);
    assert.ok(Number(resourceVersion) > 800);
    assert.deepEqual(
      api.seen.map(({ query }) => [query.get('limit'), query.has('continue')]),
      [
        ['500', false],
        ['500', true],
        ['500', false],
        ['500', true],
      ],
    );
  } finally {
    await kube.close();
    await api.close();
  }
});

test('listAll() does not begin anew for ever', async () => {
  const api = await startFakeApi();
  const kube = createKube(api.config, { fieldManager: 'tester' });
  try {
    for (let i = 0; i < 501; i++)
      api.put(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `n${i}` } });
    api.fault({ path: /continue=/, times: Infinity }, { kind: 'answer', status: 410 });
    await assert.rejects(listAll(kube, namespaces, {}, new AbortController().signal), isGone);
    assert.equal(api.seen.length, 6);
  } finally {
    await kube.close();
    await api.close();
  }
});
