import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../../../src/api/objects.js';
import { namespaces, services } from '../../../../src/api/resources.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  exported,
  headless,
  importing,
  of,
  over,
  port,
  serviceSpec,
  type Change,
} from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import type { OperatorClusters } from '../clusters.js';

/** Which mirrors are accepted, and what the others are told. */
export function accepting(clusters: () => OperatorClusters): void {
  const peer = () => clusters().paris.access('peer-london');

  test('a Link that nobody made', async () => {
    const { london } = await clusters().namespace('no-link');
    await london.applies(aMirror('hello-mirror', of('rome', 'no-link/hello')));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/LinkNotFound');
    assert.match(messageOf(mirror), /no Link "rome"; create it, or name an existing one/);
  });

  test('a service of which nobody has heard', async () => {
    const { london } = await clusters().namespace('no-service');
    await london.applies(aMirror('hello-mirror'));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/RemoteServiceNotFound');
    assert.match(messageOf(mirror), /cluster "paris" has no Service no-service\/hello/);
    assert.ok(await london.isGone(services, 'hello'));
  });

  const unsupported: Readonly<Record<string, { service: Change<Service>[]; over: string; says: RegExp }>> = {
    'an alias': {
      service: [serviceSpec({ type: 'ExternalName', externalName: 'example.com' })],
      over: 'paris',
      says: /^UnsupportedService: .*mirror the service it stands for/,
    },
    'a headless service, through the gateway': {
      service: [headless, port(80)],
      over: 'tunnel',
      says: /^UnsupportedService: .*use transport flat/,
    },
    'UDP alone, through the gateway': {
      service: [port(53, { protocol: 'UDP' })],
      over: 'tunnel',
      says: /^UnsupportedProtocol: transport gateway carries TCP, not UDP; use transport flat/,
    },
  };
  test('services that cannot be mirrored', async (t) => {
    const { london, paris } = await clusters().namespace('unsupported');
    await clusters().link('tunnel', await peer(), over('gateway'));
    for (const [index, [what, { service, over: link, says }]] of Object.entries(unsupported).entries()) {
      await t.test(what, async () => {
        const name = `hello-${index}`;
        await paris.applies(aService(name, ...service));
        await london.applies(aMirror(name, of(link, `unsupported/${name}`)));
        const mirror = await london.mirrorSays(name, 'Accepted=False', 'Ready=False');
        const { reason, message } = mirror.status?.conditions?.[0] ?? {};
        assert.match(`${reason}: ${message}`, says);
        // nobody should wait for what will never be
        for (const { type, ...is } of mirror.status?.conditions ?? [])
          assert.deepEqual([type, is.reason, is.message], [type, reason, message]);
        const shown = await clusters().london.kubectl('get', 'servicemirrors', name, '-n', 'unsupported');
        assert.match(shown, new RegExp(`${reason}\\s+\\S+\\s*$`));
        assert.ok(await london.isGone(services, name));
      });
    }

    await t.test('UDP beside TCP, through the gateway: TCP is mirrored', async () => {
      const both = [port(53, { name: 'udp', protocol: 'UDP' }), port(53, { name: 'tcp' })];
      await paris.applies(aService('dns', ...both));
      await london.applies(aMirror('dns', of('tunnel', 'unsupported/dns')));
      const { status } = await london.mirrorSays('dns', 'Accepted=True', 'Synced=True');
      assert.deepEqual(
        status?.ports?.map(({ name, protocol }) => `${name}/${protocol}`),
        ['tcp/TCP'],
      );
      const { spec } = await london.service('dns');
      assert.deepEqual(
        spec.ports?.map(({ name }) => name),
        ['tcp'],
      );
    });

    await t.test('UDP beside TCP, over a flat network: both are mirrored', async () => {
      await london.applies(
        aMirror('dns-flat', of('paris', 'unsupported/dns'), ({ spec }) => (spec.name = 'dns-flat')),
      );
      await london.mirrorSays('dns-flat', 'Synced=True');
      assert.equal((await london.service('dns-flat')).spec.ports?.length, 2);
    });
  });

  test('a mirror of another remote namespace needs a Link that maps any', async () => {
    const { london } = await clusters().namespace('mapping');
    const { paris } = await clusters().namespace('mapping-there');
    await clusters().link('any', await peer(), importing({ namespaceMapping: 'Any' }));
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('same', of('paris', 'mapping-there/hello')));
    const mirror = await london.mirrorSays('same', 'Ready=False/NamespaceNotAllowed');
    assert.match(messageOf(mirror), /move the mirror there, or set spec.imports.namespaceMapping .* to Any/);

    await london.applies(aMirror('same', of('any', 'mapping-there/hello')));
    await london.mirrorSays('same', 'Ready=True');
  });

  test('a namespace that the Link does not select may not mirror, until it is labelled', async () => {
    const { london, paris } = await clusters().namespace('unlabelled');
    const imports = { namespaces: { matchLabels: { mirrors: 'yes' } } };
    await clusters().link('choosy', await peer(), importing(imports));
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('choosy', 'unlabelled/hello')));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/NamespaceNotAllowed');
    assert.match(messageOf(mirror), /label the namespace, or widen the selector/);

    await london.edits(namespaces, 'unlabelled', { metadata: { labels: { mirrors: 'yes' } } });
    await london.mirrorSays('hello-mirror', 'Ready=True');
  });

  test('a service that the Link does not select is not seen, until it is labelled', async () => {
    const { london, paris } = await clusters().namespace('unselected');
    const selector = { matchLabels: { 'mirror.linkerd.io/exported': 'true' } };
    await clusters().link('selecting', await peer(), importing({ selector }));
    const [service, slices] = [aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1'))];
    await paris.applies(service, slices);
    await london.applies(aMirror('hello-mirror', of('selecting', 'unselected/hello')));
    const mirror = await london.mirrorSays('hello-mirror', 'Ready=False/RemoteServiceNotFound');
    assert.match(messageOf(mirror), /label the remote Service, or widen the selector/);

    // the cluster's own controller gives a Service's labels to its slices
    await paris.applies(
      aService('hello', port(80), exported),
      aSlice('hello', endpoint('10.9.0.1'), exported),
    );
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await paris.applies(service, slices);
    await london.mirrorSays('hello-mirror', 'Ready=False/RemoteServiceNotFound');
  });

  test('a Link reads only the remote namespaces that it names, under rights for these alone', async () => {
    const { london, paris } = await clusters().namespace('granted');
    const ungranted = await clusters().namespace('ungranted');
    await clusters().paris.admit('granted', 'granted');
    const access = await clusters().paris.access('peer-granted');
    await clusters().link('granting', access, importing({ remoteNamespaces: ['granted'] }));

    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror', of('granting', 'granted/hello')));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await london.linkSays('granting', 'Connected=True/Connected');

    await ungranted.london.applies(aMirror('hello-mirror', of('granting', 'ungranted/hello')));
    const mirror = await ungranted.london.mirrorSays('hello-mirror', 'Ready=False/NamespaceNotAllowed');
    assert.match(messageOf(mirror), /not among spec.imports.remoteNamespaces .*; add it there/);
    await clusters().link('granting', access, importing({ remoteNamespaces: ['granted', 'ungranted'] }));
    const link = await london.linkSays('granting', 'Connected=False/Forbidden');
    assert.match(messageOf(link, 'Connected'), /cannot list resource .* in the namespace "ungranted"/);
    await london.mirrorSays('hello-mirror', 'Ready=True');
  });
}
