import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceMirrors, services } from '../../../../src/api/resources.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  headless,
  onlyPorts,
  port,
  serviceSpec,
  slicePorts,
  unready,
} from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** What happens in the remote cluster shows in the mirror. */
export function changing(clusters: () => OperatorClusters): void {
  test('ports that are added, renamed and removed travel', async () => {
    const { london, paris } = await clusters().namespace('ports');
    const portsOf = async () =>
      (await london.service('hello')).spec.ports?.map((each) => [each.name, each.port]);
    const slicePortsOf = async () =>
      (await london.slices('hello')).flatMap(({ ports }) => ports?.map((each) => [each.name, each.port]));
    const serve = async (ports: Record<string, number>) => {
      const entries = Object.entries(ports);
      await paris.applies(
        aService('hello', ...entries.map(([name, number]) => port(number, { name }))),
        aSlice(
          'hello',
          endpoint('10.9.0.1'),
          slicePorts(...entries.map(([name, number]) => ({ name, port: number, protocol: 'TCP' }))),
        ),
      );
    };
    await serve({ web: 80 });
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const { uid } = (await london.service('hello')).metadata;

    for (const ports of [{ web: 80, admin: 81 }, { http: 80, admin: 81 }, { admin: 81 }]) {
      await serve(ports);
      await eventually(async () => {
        assert.deepEqual(await portsOf(), Object.entries(ports));
        assert.deepEqual(await slicePortsOf(), Object.entries(ports));
        const { status } = await london.get(serviceMirrors, 'hello-mirror');
        assert.deepEqual(
          status?.ports?.map(({ name, port: number }) => [name, number]),
          Object.entries(ports),
        );
      });
    }
    assert.equal((await london.service('hello')).metadata.uid, uid);
  });

  test('endpoints come and go', async () => {
    const { london, paris } = await clusters().namespace('scaling');
    await paris.applies(aService('hello', port(80)));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Accepted=True', 'Synced=True', 'Ready=False/NoReadyEndpoints');

    await paris.applies(aSlice('hello', endpoint('10.9.0.1'), endpoint('10.9.0.2'), unready('10.9.0.3')));
    await london.mirrorSays('hello-mirror', 'EndpointsReady=True', 'Ready=True');
    await eventually(async () => {
      assert.deepEqual(await london.endpoints('hello'), ['10.9.0.1', '10.9.0.2', '(10.9.0.3)']);
      const { status } = await london.get(serviceMirrors, 'hello-mirror');
      assert.deepEqual(status?.endpoints, { ready: 2, total: 3, display: '2/3' });
    });

    await paris.applies(aSlice('hello', unready('10.9.0.1')));
    await london.mirrorSays('hello-mirror', 'EndpointsReady=False/NoReadyEndpoints', 'Ready=False');
    await london.hasEndpoints('hello', '(10.9.0.1)');

    await paris.applies(aSlice('hello'));
    await london.hasEndpoints('hello');
  });

  test('a remote service that goes leaves the local one without ready endpoints, until it is back', async () => {
    const { london, paris } = await clusters().namespace('gone');
    const slices = aSlice('hello', endpoint('10.9.0.1'));
    await paris.applies(aService('hello', port(80)), slices);
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const { metadata, spec } = await london.service('hello');

    await paris.deletes(services, 'hello');
    const { status } = await london.mirrorSays(
      'hello-mirror',
      'Accepted=True',
      'Synced=False/RemoteServiceNotFound',
      'EndpointsReady=False/NoReadyEndpoints',
      'Ready=False/RemoteServiceNotFound',
    );
    assert.equal(status?.service?.clusterIP, spec.clusterIP);
    await london.hasEndpoints('hello', '(10.9.0.1)');
    assert.equal((await london.service('hello')).metadata.uid, metadata.uid);

    await paris.applies(aService('hello', port(80)), slices);
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await london.hasEndpoints('hello', '10.9.0.1');
    assert.equal((await london.service('hello')).spec.clusterIP, spec.clusterIP);
  });

  test('a remote service that becomes headless, or ceases to be, is made anew', async () => {
    const { london, paris } = await clusters().namespace('headless');
    const pods = aSlice('hello', endpoint('10.9.0.1', { hostname: 'hello-0' }));
    await paris.applies(aService('hello', port(80)), pods);
    await london.applies(aMirror('hello-mirror'));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=True');

    for (const [is, changes] of [['headless', [headless]] as const, ['not headless', []] as const]) {
      const { uid } = (await london.service('hello')).metadata;
      await paris.deletes(services, 'hello');
      await paris.applies(aService('hello', port(80), ...changes));
      await eventually(async () => {
        const { metadata, spec } = await london.service('hello');
        assert.equal(spec.clusterIP === 'None', is === 'headless');
        assert.notEqual(metadata.uid, uid);
        assert.deepEqual(await london.endpoints('hello'), ['10.9.0.1']);
        const { status } = await london.mirrorSays('hello-mirror', 'Ready=True');
        assert.equal(status?.service?.clusterIP, spec.clusterIP);
      });
    }
    await eventually(async () => {
      const events = await london.events(mirror);
      assert.equal(events.filter((reason) => reason === 'ServiceReplaced').length, 2, events.join());
    });
  });

  test('a remote service that turns into an alias is no longer followed', async () => {
    const { london, paris } = await clusters().namespace('alias');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    const before = await london.service('hello');

    await paris.deletes(services, 'hello');
    await paris.applies(
      aService('hello', serviceSpec({ type: 'ExternalName', externalName: 'hello.example.com' })),
    );
    await london.mirrorSays(
      'hello-mirror',
      'Accepted=False/UnsupportedService',
      'Ready=False/UnsupportedService',
    );
    await london.hasEndpoints('hello', '(10.9.0.1)');
    assert.deepEqual(await london.service('hello'), before);
  });

  test('a mirror that asks for other ports gets them', async () => {
    const { london, paris } = await clusters().namespace('subset');
    await paris.applies(aService('hello', port(80, { name: 'web' }), port(81, { name: 'admin' })));
    await london.applies(aMirror('hello-mirror', onlyPorts(80)));
    await london.mirrorSays('hello-mirror', 'Synced=True');
    const portsOf = async () => (await london.service('hello')).spec.ports?.map((each) => each.port);
    assert.deepEqual(await portsOf(), [80]);

    await london.applies(aMirror('hello-mirror', onlyPorts('admin', 80)));
    await eventually(async () => assert.deepEqual(await portsOf(), [80, 81]));

    await london.applies(aMirror('hello-mirror', onlyPorts(80, 'metrics')));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/InvalidSpec');
    assert.match(messageOf(mirror), /no port "metrics"; it has 80 \("web"\), 81 \("admin"\)$/);
    assert.deepEqual(await portsOf(), [80, 81]);
  });
}
