import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keys, managedBy } from '../../../../src/api/names.js';
import { links, namespaces, serviceMirrors } from '../../../../src/api/resources.js';
import { messageOf } from '../../../driver/conditions.js';
import { ownNamespace } from '../../../driver/cluster.js';
import { eventually } from '../../../driver/eventually.js';
import { aSecret } from '../../../gen/gen.js';
import type { OperatorClusters } from '../clusters.js';
import { automaticLinks } from './automaticlinks.js';

/** A Link that comes to import otherwise ends where one of its spec would have begun. */
export function converging(clusters: () => OperatorClusters): void {
  const { linked, mirrorsAre } = automaticLinks(clusters);
  const reasonsOf = async (link: string) =>
    (await clusters().london.get(links, link)).status?.imports?.reasons;
  /** The UID of a mirror, and the address of its Service. */
  const identity = async (namespace: string, mirror: string) => {
    const where = clusters().london.in(namespace);
    const { metadata } = await where.get(serviceMirrors, mirror);
    return [metadata.uid, (await where.service(mirror)).spec.clusterIP];
  };
  /** Waits until the operator has looked at the present spec of a Link. */
  const observed = (link: string) =>
    eventually(async () => {
      const { metadata, status } = await clusters().london.get(links, link);
      assert.equal(status?.observedGeneration, metadata.generation);
    });

  test('a namespace that the Link may make is made when the operator has the right, and stays', async () => {
    const { london, paris } = clusters();
    const link = 'auto-creates';
    const namespaceName = { key: keys.namespaceName, operator: 'In', values: [link] };
    const selected = await linked(link, {
      createNamespaces: true,
      namespaces: { matchExpressions: [namespaceName] },
    });
    for (const name of [link, 'auto-unselected']) {
      await paris.kubectl('create', 'namespace', name);
      await paris.in(name).applies(...selected('web'));
    }
    await eventually(async () => assert.equal(await reasonsOf(link), 'NamespaceMissing 1, WriteRefused 1'));
    await eventually(async () => {
      const told = await london.events(await london.get(links, link));
      assert.deepEqual(told.toSorted(), ['NamespaceMissing', 'WriteRefused']);
    });

    const role = 'service-mirror-namespaces';
    const account = `--serviceaccount=${ownNamespace}:service-mirror-operator`;
    await london.kubectl('create', 'clusterrole', role, '--verb=create', '--resource=namespaces');
    await london.kubectl('create', 'clusterrolebinding', role, `--clusterrole=${role}`, account);
    await london.in(link).within(60_000).mirrorSays(`web-${link}`, 'Ready=True');
    const { metadata } = await london.get(namespaces, link);
    assert.equal(metadata.labels?.[keys.managedBy], managedBy);
    assert.equal(metadata.labels?.[keys.link], link);
    await eventually(async () => assert.equal(await reasonsOf(link), 'NamespaceMissing 1'));
    assert.ok(await london.isGone(namespaces, 'auto-unselected'));

    await london.deletes(links, link);
    await mirrorsAre(london.in(link));
    assert.ok(!(await london.isGone(namespaces, link)));
  });

  test('another selector for namespaces takes the mirrors of those that it leaves out, and gives them back', async () => {
    const { london, paris } = await clusters().namespace('auto-allowed');
    const selected = await linked('auto-allowed');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-allowed', 'Ready=True');
    const matchLabels = { mirrors: 'allowed' };
    await london.edits(links, 'auto-allowed', { spec: { imports: { namespaces: { matchLabels } } } });
    await mirrorsAre(london);
    await eventually(async () => assert.equal(await reasonsOf('auto-allowed'), 'NamespaceNotAllowed 1'));
    await london.edits(namespaces, 'auto-allowed', { metadata: { labels: matchLabels } });
    await london.mirrorSays('web-auto-allowed', 'Ready=True');
    await eventually(async () => assert.equal(await reasonsOf('auto-allowed'), undefined));
  });

  test('another mapping of namespaces changes no automatic mirror', async () => {
    const { london, paris } = await clusters().namespace('auto-mapped');
    const selected = await linked('auto-mapped');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-mapped', 'Ready=True');
    const before = await identity('auto-mapped', 'web-auto-mapped');
    for (const namespaceMapping of ['Any', 'Same']) {
      await london.edits(links, 'auto-mapped', { spec: { imports: { namespaceMapping } } });
      await observed('auto-mapped');
      await london.mirrorSays('web-auto-mapped', 'Ready=True');
      assert.deepEqual(await identity('auto-mapped', 'web-auto-mapped'), before);
    }
  });

  test('another transport keeps the mirrors and the addresses of their Services', async () => {
    const { london, paris } = await clusters().namespace('auto-moved');
    const selected = await linked('auto-moved');
    await paris.applies(...selected('web'));
    await london.mirrorSays('web-auto-moved', 'Ready=True');
    const before = await identity('auto-moved', 'web-auto-moved');
    await london.edits(links, 'auto-moved', { spec: { transport: 'gateway' } });
    await london.mirrorSays('web-auto-moved', 'Ready=False/Pending');
    const gateway = { addresses: [{ host: '10.9.9.9', port: 4143 }], identity: 'gateway.paris' };
    await london.edits(links, 'auto-moved', { spec: { transport: 'linkerd', gateway } });
    await london.mirrorSays('web-auto-moved', 'Ready=False/GatewayUnhealthy');
    await london.edits(links, 'auto-moved', { spec: { transport: 'flat', gateway: null } });
    await london.mirrorSays('web-auto-moved', 'Ready=True');
    await london.hasEndpoints('web-auto-moved', '10.9.0.1');
    assert.deepEqual(await identity('auto-moved', 'web-auto-moved'), before);
  });

  test('a kubeconfig of another cluster takes no automatic mirror, and the right one goes on', async () => {
    const { london, paris } = await clusters().namespace('auto-swapped');
    const selected = await linked('auto-swapped');
    const names = Array.from({ length: 3 }, (_, n) => `web-${n}`);
    for (const name of names) await paris.applies(...selected(name));
    const mirrors = names.map((name) => `${name}-auto-swapped`);
    for (const mirror of mirrors) await london.mirrorSays(mirror, 'Ready=True');
    const access = (name: 'london' | 'paris') => clusters()[name].access('peer-london');
    const [toParis, elsewhere] = [await access('paris'), await access('london')];
    const write = (kubeconfig: string) =>
      clusters().london.own.applies(aSecret('link-auto-swapped', { kubeconfig }));

    // London has no such Services: taken for Paris, it would be an emptied cluster
    const mark = await clusters().london.audit.mark();
    await write(elsewhere);
    const link = await london.linkSays('auto-swapped', 'Ready=False/ClusterChanged');
    assert.match(messageOf(link) ?? '', /nothing is changed/);
    await mirrorsAre(london, ...mirrors);
    await write(toParis);
    await london.linkSays('auto-swapped', 'Ready=True');
    await paris.applies(...selected('later'));
    await london.mirrorSays('later-auto-swapped', 'Ready=True');
    const written = await clusters().london.writtenSince(mark, london);
    assert.deepEqual(
      written.filter(({ object }) => !object.includes('/later-')),
      [],
    );
  });

  test('kubectl get shows what is imported, and with -o wide what is missing', async () => {
    const { london, paris } = clusters();
    const selected = await linked('auto-shown');
    await clusters().namespace('auto-shown');
    await paris.kubectl('create', 'namespace', 'auto-hidden');
    for (const name of ['auto-shown', 'auto-hidden']) await paris.in(name).applies(...selected('web'));
    await eventually(async () => {
      const [header = '', row = ''] = (await london.kubectl('get smlink auto-shown -o wide')).split('\n');
      assert.match(header, /MIRRORS +IMPORTS +EXPORTS .* HELD +MISSING +MESSAGE/);
      assert.match(row, / 1\/1 +1\/2 .* 0 +NamespaceMissing 1 /);
    });
  });
}
