import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { startFakeApi } from '../../../test/fakeapi/fakeapi.js';
import { namespaces } from '../../api/resources.js';
import { createKube, NetworkError } from '../kube.js';
import { followWatch } from './follow.js';

test('followWatch() gives up a watch that has been silent for 150 s since its last event', async () => {
  const api = await startFakeApi();
  const clock = fakeClock();
  const kube = createKube(api.config, { fieldManager: 'tester' });
  const request = { resourceVersion: '100', clock, onOpen: () => undefined };
  let count = 0;
  const over = (async () => {
    for await (const event of followWatch(kube, namespaces, request, new AbortController().signal))
      count += event ? 1 : 0;
  })();
  over.catch(() => undefined);
  const server = await eventually(() => api.watches()[0] ?? false);
  for (let i = 1; i <= 3; i++) {
    await clock.advance(140_000);
    server.bookmark();
    await eventually(() => count === i);
  }
  await clock.advance(149_999);
  assert.equal(api.watches().length, 1);
  await clock.advance(1);
  await assert.rejects(over, (error) => error instanceof NetworkError && error.code === 'ESILENT');
  await eventually(() => api.watches().length === 0);
  assert.equal(clock.timers, 0);
  await kube.close();
  await api.close();
});
