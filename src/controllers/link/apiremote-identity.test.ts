import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aConfigMap, aNamespace, aService, inNamespace, port } from '../../../test/gen/gen.js';
import { ownNames } from '../../api/names.js';
import { configMaps, namespaces, services } from '../../api/resources.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createApiRemote } from './apiremote.js';

test('a remote cluster whose services are another replica’s is read for what it publishes, and for nothing else', async (t) => {
  const api = await startFakeApi();
  api.put(namespaces, aNamespace('kube-system'));
  api.put(services, aService('hello', port(80)));
  const published = aConfigMap(ownNames.identity, { cluster: 'paris' }, inNamespace('service-mirror'));
  api.put(configMaps, published);
  // without Services and slices there is nothing that may fail
  for (const path of ['/services', '/endpointslices'])
    api.fault({ path, times: Infinity }, { kind: 'answer', status: 403 });
  const stop = new AbortController();
  const clock = fakeClock();
  const kube = createKube(api.config, { fieldManager: 'tester', clock });
  const scope = { namespaces: [], identityIn: 'service-mirror', services: false };
  const remote = createApiRemote(kube, scope, { clock, log: silent, onChange: () => undefined });
  const over = remote.run(stop.signal);
  t.after(async () => {
    stop.abort();
    await over;
    await api.close();
  });

  await eventually(() => remote.identity().object?.data?.['cluster'] === 'paris');
  assert.equal(remote.problem, undefined);
  assert.ok(remote.uid !== undefined, 'the cluster is checked all the same');
  assert.deepEqual(remote.view('default', 'hello'), { synced: true, slices: [] });
});
