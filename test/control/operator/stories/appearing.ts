import assert from 'node:assert/strict';
import { test } from 'node:test';
import { services } from '../../../../src/api/resources.js';
import {
  aMirror,
  annotated,
  aService,
  aSlice,
  endpoint,
  importing,
  labelled,
  of,
  port,
  serviceSpec,
  slice,
  slicePorts,
} from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** What of a remote service travels to its mirror, and what does not. */
export function appearing(clusters: () => OperatorClusters): void {
  test('a mirror appears, and leads to the remote pods', async () => {
    const { london, paris } = await clusters().namespace('appearing');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));

    const all = ['Accepted=True', 'Synced=True', 'EndpointsReady=True', 'Ready=True'] as const;
    const { status, metadata } = await london.mirrorSays('hello-mirror', ...all);
    const service = await london.service('hello');
    assert.equal(service.spec.selector, undefined);
    assert.deepEqual(service.metadata.ownerReferences, [
      {
        apiVersion: 'linkerd.io/v1alpha1',
        kind: 'ServiceMirror',
        name: 'hello-mirror',
        uid: metadata.uid,
        controller: true,
      },
    ]);
    assert.deepEqual(status?.service, { name: 'hello', clusterIP: service.spec.clusterIP });
    assert.deepEqual(status?.endpoints, { ready: 1, total: 1, display: '1/1' });
    assert.deepEqual(await london.endpoints('hello'), ['10.9.0.1']);
  });

  test('the conditions and host names of endpoints travel, their places do not', async () => {
    const { london, paris } = await clusters().namespace('endpoints');
    const http = { name: 'http', port: 8080, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' };
    const leaving = { ready: false, serving: true, terminating: true };
    const placed = {
      nodeName: 'node-1',
      zone: 'zone-1',
      hints: { forZones: [{ name: 'zone-1' }] },
      targetRef: { kind: 'Pod', name: 'hello-0', namespace: 'endpoints' },
    };
    await paris.applies(
      aService('hello', port(80, { name: 'http' })),
      aSlice(
        'hello',
        slicePorts(http),
        endpoint('10.9.0.1', { hostname: 'hello-0', ...placed }),
        endpoint('10.9.0.2', { conditions: leaving }),
      ),
      aSlice('hello', slice('hello-v6', 'IPv6'), slicePorts(http), endpoint('2001:db8::1')),
      aSlice('hello', slice('hello-names', 'FQDN'), slicePorts(http), endpoint('hello.example.com')),
    );
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');

    const slices = await london.slices('hello');
    assert.deepEqual(
      slices.map(({ addressType, endpoints, ports }) => ({ addressType, endpoints, ports })),
      [
        {
          addressType: 'IPv4',
          endpoints: [
            { addresses: ['10.9.0.1'], conditions: { ready: true }, hostname: 'hello-0' },
            { addresses: ['10.9.0.2'], conditions: leaving },
          ],
          ports: [http],
        },
        {
          addressType: 'IPv6',
          endpoints: [{ addresses: ['2001:db8::1'], conditions: { ready: true } }],
          ports: [http],
        },
      ],
    );
  });

  test('more endpoints than a slice may hold are spread over several', async () => {
    const { london, paris } = await clusters().namespace('many-endpoints');
    const addresses = Array.from({ length: 150 }, (_, index) => `10.9.1.${index + 1}`);
    await paris.applies(
      aService('hello', port(80)),
      aSlice('hello', ...addresses.map((address) => endpoint(address))),
    );
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');

    await london.hasEndpoints('hello', ...addresses);
    const sizes = (await london.slices('hello')).map(({ endpoints }) => endpoints?.length);
    assert.deepEqual(sizes, [100, 50]);
  });

  test('what callers see of the Service travels, how it is exposed there does not', async () => {
    const { london, paris } = await clusters().namespace('fields');
    const web = { name: 'web', port: 80, protocol: 'TCP', appProtocol: 'http' };
    await paris.applies(
      aService(
        'hello',
        port(80, { name: 'web', appProtocol: 'http', targetPort: 8080, nodePort: 30_080 }),
        serviceSpec({
          type: 'NodePort',
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
          publishNotReadyAddresses: true,
          externalIPs: ['192.0.2.1'],
        }),
      ),
    );
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Synced=True');

    const { spec } = await london.service('hello');
    assert.equal(spec.type, 'ClusterIP');
    assert.deepEqual(spec.ports, [{ ...web, targetPort: 80 }]);
    assert.equal(spec.sessionAffinity, 'ClientIP');
    assert.deepEqual(spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 600 } });
    assert.equal(spec.publishNotReadyAddresses, true);
    assert.equal(spec.externalIPs, undefined);
  });

  test('labels and annotations travel but for those that are excluded or say what an object is', async () => {
    const { london, paris } = await clusters().namespace('metadata');
    const excluded = { excludedLabels: ['secret', 'internal.example.com/*'], excludedAnnotations: ['note'] };
    await clusters().link('picky', await clusters().paris.access('peer-london'), importing(excluded));
    await paris.applies(
      aService(
        'hello',
        port(80),
        labelled({
          team: 'web',
          secret: 'x',
          'internal.example.com/a': 'x',
          'mirror.linkerd.io/exported': 'true',
        }),
        annotated({ about: 'greets', note: 'x', 'service.kubernetes.io/topology-mode': 'Auto' }),
      ),
    );
    await london.applies(aMirror('hello-mirror', of('picky', 'metadata/hello')));
    await london.mirrorSays('hello-mirror', 'Synced=True');

    const { labels, annotations } = (await london.service('hello')).metadata;
    assert.deepEqual(labels, {
      team: 'web',
      'app.kubernetes.io/managed-by': 'service-mirror',
      'linkerd.io/link': 'picky',
      'linkerd.io/service-mirror': 'hello-mirror',
    });
    assert.deepEqual(annotations, { about: 'greets', 'linkerd.io/remote-service': 'metadata/hello' });
  });

  test('metadata that others put on a mirror survives, what goes in the remote cluster goes', async () => {
    const { london, paris } = await clusters().namespace('others');
    await paris.applies(
      aService('hello', port(80), labelled({ team: 'web' }), annotated({ about: 'greets' })),
    );
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Synced=True');
    const theirs = { labels: { theirs: 'yes' }, annotations: { theirs: 'yes' } };
    await london.edits(services, 'hello', { metadata: theirs });

    await paris.applies(aService('hello', port(80), labelled({ tier: 'front' })));
    await eventually(async () => {
      const { labels, annotations } = (await london.service('hello')).metadata;
      assert.equal(labels?.['tier'], 'front');
      assert.equal(labels?.['team'], undefined);
      assert.equal(labels?.['theirs'], 'yes');
      assert.equal(annotations?.['about'], undefined);
      assert.equal(annotations?.['theirs'], 'yes');
    });
  });
}
