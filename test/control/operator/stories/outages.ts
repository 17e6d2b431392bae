import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aMirror, aService, aSlice, endpoint, of, port } from '../../../gen/gen.js';
import { ownNamespace } from '../../../driver/cluster.js';
import type { Operator } from '../../../driver/operator.js';
import type { OperatorClusters } from '../clusters.js';

/** How long (ms) until the loss of an API server, or its return, is noticed: a heartbeat or two on a busy machine. */
const heartbeats = 20_000;

/** Paris's API server goes away and comes back. Nothing else may run beside. */
export function outages(clusters: () => OperatorClusters, operator: () => Operator): void {
  test('while the remote API server is down nothing is written but the Link', async () => {
    const { london, paris } = await clusters().namespace('outage');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await operator().rests();

    const mark = await clusters().london.audit.mark();
    await clusters().paris.stopApiServer();
    try {
      await london
        .within(heartbeats)
        .linkSays('paris', 'Connected=False/Unreachable', 'Ready=False/Unreachable');
    } finally {
      await clusters().paris.startApiServer();
    }
    await london.within(heartbeats).linkSays('paris', 'Connected=True', 'Ready=True');
    const written = await clusters().london.writtenSince(mark);
    const others = written.filter(({ resource }) => resource !== 'links/status');
    assert.deepEqual(others, []);

    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await london.within(heartbeats).hasEndpoints('hello', '10.9.0.2');
  });

  test('rotated credentials are in use when the old ones end, and nothing is written for them', async () => {
    const { london, paris } = await clusters().namespace('rotating');
    const { kubectl } = clusters().paris;
    await clusters().paris.admit('rotating');
    await clusters().link('rotating', await clusters().paris.access('peer-rotating', 24));
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('rotating', 'rotating/hello')));
    await london.linkSays('rotating', 'Connected=True/Connected');
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await operator().rests();

    const mark = await clusters().london.audit.mark();
    await clusters().link('rotating', await clusters().paris.access('peer-london'));
    await london.linkSays('rotating', 'Connected=True/Connected');
    await kubectl('delete', 'clusterrolebinding', 'service-mirror-peer:rotating');
    await kubectl('delete', 'serviceaccount', 'peer-rotating', '-n', ownNamespace);
    // open watches outlive the right to open them
    await clusters().paris.stopApiServer();
    await clusters().paris.startApiServer();
    assert.deepEqual(await clusters().london.writtenSince(mark, london), []);

    await paris.applies(aSlice('hello', endpoint('10.9.0.2')));
    await london.within(heartbeats).hasEndpoints('hello', '10.9.0.2');
    await london.within(heartbeats).linkSays('rotating', 'Connected=True/Connected');
  });
}
