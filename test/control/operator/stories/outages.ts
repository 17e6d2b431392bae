import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, aService, aSlice, endpoint, of, port } from '../../../gen/gen.js';
import { ownNamespace } from '../../../driver/light.js';
import type { OperatorStory } from '../clusters.js';

/** How long (ms) until the loss of an API server, or its return, is noticed: a heartbeat or two on a busy machine. */
const heartbeats = 20_000;

/** Paris's API server goes away and comes back. Nothing else may run beside. */
export function outages(stage: () => OperatorStory): void {
  test('while the remote API server is down nothing is written but the Link', async () => {
    const place = await stage().place('outage');
    const { london, paris } = place;
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorIsReady('hello-mirror');

    const mark = await stage().london.audit.mark();
    await stage().paris.cluster.stopApiServer();
    try {
      await london
        .within(heartbeats)
        .linkSays('paris', 'Connected=False/Unreachable', 'Ready=False/Unreachable');
    } finally {
      await stage().paris.cluster.startApiServer();
    }
    await london.within(heartbeats).linkSays('paris', 'Connected=True', 'Ready=True');
    const written = await stage().writtenSince(mark);
    const others = written.filter(({ resource }) => resource !== 'links/status');
    assert.deepEqual(others, []);

    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await london.within(heartbeats).hasEndpoints('hello', '10.9.0.2');
  });

  test('rotated credentials are in use when the old ones end, and nothing is written for them', async () => {
    const place = await stage().place('rotating');
    const { london, paris } = place;
    const { kubectl } = stage().paris;
    await stage().paris.admit('rotating');
    await stage().link('rotating', await stage().paris.access('peer-rotating', 24));
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('rotating', 'rotating/hello')));
    await london.linkSays('rotating', 'Connected=True/Connected');
    await london.mirrorIsReady('hello-mirror');

    const mark = await stage().london.audit.mark();
    await stage().link('rotating', await stage().paris.access('peer-london'));
    await london.linkSays('rotating', 'Connected=True/Connected');
    await kubectl('delete', 'clusterrolebinding', 'service-mirror-peer:rotating');
    await kubectl('delete', 'serviceaccount', 'peer-rotating', '-n', ownNamespace);
    // open watches outlive the right to open them
    await stage().paris.cluster.stopApiServer();
    await stage().paris.cluster.startApiServer();
    assert.deepEqual(await stage().writtenSince(mark, place), []);

    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await london.within(heartbeats).hasEndpoints('hello', '10.9.0.2');
    await london.within(heartbeats).linkSays('rotating', 'Connected=True/Connected');
  });
}
