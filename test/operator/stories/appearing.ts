import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointSlices, services } from '../../../src/api/resources.js';
import { aMirror, annotated, aService, aSlice, endpoint, labelled, port, serviceSpec, slice, slicePorts } from '../../gen.js';
import { eventually } from '../eventually.js';
import type { Stage } from '../stage.js';

/** What of a remote service travels to its mirror, and what does not. */
export function appearing(stage: () => Stage): void {
  test('a mirror appears, and leads to the remote pods', async () => {
    const { london, paris } = await stage().place('appearing');
    await paris.applies(
      aService('hello', port(80, { name: 'http', appProtocol: 'kubernetes.io/h2c', targetPort: 8080 })),
      aSlice('hello', slicePorts({ name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }), endpoint('10.9.0.1')),
    );
    await london.applies(aMirror('hello-mirror'));

    const { status } = await london.mirrorSays('hello-mirror', 'Accepted=True', 'Synced=True', 'EndpointsReady=True', 'Ready=True');
    const service = await london.service('hello');
    assert.equal(service.spec.selector, undefined);
    assert.deepEqual(status?.service, { name: 'hello', clusterIP: service.spec.clusterIP });
    assert.deepEqual(await london.endpoints('hello'), ['10.9.0.1']);
  });
}
void [endpointSlices, services, annotated, labelled, serviceSpec, slice, eventually];
