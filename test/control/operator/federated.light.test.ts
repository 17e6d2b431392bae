import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { keys } from '../../../src/api/names.js';
import { links, serviceMirrors, services } from '../../../src/api/resources.js';
import { linesOf } from '../../driver/audit.js';
import type { Clusters, InEach } from '../../driver/cluster.js';
import { eventually } from '../../driver/eventually.js';
import { readOnly, startLightClusters, type LightDriver } from '../../driver/light.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import type { Operator } from '../../driver/operator.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  importing,
  labelled,
  named,
  of,
  ofClusters,
  over,
  port,
} from '../../gen/gen.js';

type Name = 'london' | 'paris' | 'lyon';

suite('federated mirrors over three real API servers', () => {
  let clusters: Clusters<Name, LightDriver>;
  let operator: Operator;

  const start = async () => {
    operator = await clusters.london.startOperator('--no-leader-election');
  };
  before(async () => {
    const remote = { manifests: readOnly };
    clusters = await startLightClusters({ london: {}, paris: remote, lyon: remote });
    await link('paris');
    await link('lyon');
    await start();
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  const link = async (name: 'paris' | 'lyon') =>
    clusters.london.link(
      name,
      await clusters[name].access('peer-london'),
      over('flat'),
      importing({ federated: {} }),
    );
  const member = labelled({ [keys.federated]: 'member' });
  const address = { london: '10.9.0.1', paris: '10.9.0.2', lyon: '10.9.0.3' } as const;
  /** Makes a Service in a cluster, whose only pod has the address of that cluster. */
  const serve = (all: InEach<Name>, name: Name, service = 'web') =>
    all[name].applies(aService(service, port(80), member), aSlice(service, endpoint(address[name])));
  /** Waits until the mirror names these clusters, and its Service leads to the pods of these. */
  const federates = (where: NamespaceDriver, names: readonly string[], served: readonly Name[]) =>
    eventually(async () => {
      const { spec } = await where.get(serviceMirrors, 'web-federated');
      const clusters = spec.clusters?.map(({ name, weight }) => [name, weight ?? []].flat().join(' '));
      // those that join at the same time join in any order
      assert.deepEqual(clusters?.toSorted(), names.toSorted());
      // a cluster that stands by is listed, too, and not ready
      const found = (await where.endpoints('web-federated')).filter((one) => !one.startsWith('('));
      assert.deepEqual(found.toSorted(), served.map((name) => address[name]).toSorted());
    });
  const isGone = (where: NamespaceDriver) =>
    eventually(async () => {
      assert.ok(await where.isGone(serviceMirrors, 'web-federated'));
      assert.ok(await where.isGone(services, 'web-federated'));
    });
  const unlabel = { metadata: { labels: { [keys.federated]: null } } };

  test('members join and leave as their Services do, and the last one takes the mirror with it', async () => {
    const all = await clusters.namespace('joining');
    const { london, paris, lyon } = all;
    await serve(all, 'paris');
    await federates(london, ['paris'], ['paris']);
    await london.mirrorSays('web-federated', 'Ready=True');
    const { spec } = await london.service('web-federated');
    await serve(all, 'lyon');
    await federates(london, ['paris', 'lyon'], ['paris', 'lyon']);
    await serve(all, 'london');
    await federates(london, ['paris', 'lyon', 'local'], ['london', 'paris', 'lyon']);
    await paris.edits(services, 'web', unlabel);
    await federates(london, ['lyon', 'local'], ['london', 'lyon']);
    await london.edits(services, 'web', unlabel);
    await federates(london, ['lyon'], ['lyon']);
    assert.equal((await london.service('web-federated')).spec.clusterIP, spec.clusterIP);
    await lyon.deletes(services, 'web');
    await isGone(london);
  });

  test('a member that joins is one write of the mirror, one slice and at most two statuses, and what is no member is none', async () => {
    const all = await clusters.namespace('cost');
    const { london, paris } = all;
    await serve(all, 'paris');
    await london.mirrorSays('web-federated', 'Ready=True');
    await operator.rests();
    const mark = await clusters.london.audit.mark();
    await serve(all, 'lyon');
    await federates(london, ['paris', 'lyon'], ['paris', 'lyon']);
    await paris.applies(aService('other', port(80)), aService('other', port(81), labelled({ team: 'a' })));
    await operator.rests();
    const lines = linesOf(await clusters.london.writtenSince(mark, london));
    const kinds = lines.map((line) => line.replace(/ cost.*/, '')).toSorted();
    // the Service may be seen before its slice
    assert.ok(kinds.filter((kind) => kind === 'update servicemirrors/status').length <= 2, kinds.join());
    assert.deepEqual(
      [...new Set(kinds)],
      ['create endpointslices', 'patch servicemirrors', 'update servicemirrors/status'],
    );
    assert.ok(kinds.length <= 4, kinds.join());
  });

  test('when only the Service of this cluster is left, those who call the mirror reach it', async () => {
    const all = await clusters.namespace('alone');
    const { london, paris } = all;
    await serve(all, 'london');
    await serve(all, 'paris');
    await federates(london, ['local', 'paris'], ['london', 'paris']);
    await paris.edits(services, 'web', unlabel);
    await federates(london, ['paris 0', 'local'], ['london']);
    await london.mirrorSays('web-federated', 'Ready=True');
    await london.edits(services, 'web', unlabel);
    await isGone(london);
  });

  test('a manifest of that name wins, and the federated mirror comes back after it', async () => {
    const all = await clusters.namespace('written');
    const { london } = all;
    await serve(all, 'paris');
    await federates(london, ['paris'], ['paris']);
    await london.applies(aMirror('mine', named('web-federated'), of('lyon', 'written/web')));
    await eventually(async () => assert.ok(await london.isGone(serviceMirrors, 'web-federated')));
    await eventually(async () => {
      const events = await london.events(await clusters.london.get(links, 'paris'));
      assert.ok(events.includes('NameConflict'));
    });
    await london.deletes(serviceMirrors, 'mine');
    await federates(london, ['paris'], ['paris']);

    // as somebody writes whom the clusters shall serve one after the other
    const order = [{ name: 'paris' }, { name: 'lyon', priority: 1 }];
    const { apiVersion, kind, spec } = aMirror('x', named('web-federated'), ofClusters(...order));
    const metadata = { name: 'web-federated', namespace: 'written' };
    const written = { apiVersion, kind, metadata, spec: { ...spec, service: { name: 'web' } } };
    await clusters.london.kubectl.apply(JSON.stringify(written));
    await eventually(async () => {
      const mirror = await london.get(serviceMirrors, 'web-federated');
      assert.equal(mirror.metadata.annotations?.[keys.federatedService], undefined);
      assert.ok((await london.events(mirror)).includes('Released'));
    });
    await all.paris.edits(services, 'web', unlabel);
    await federates(london, ['paris', 'lyon'], ['paris']);
    await london.mirrorSays('web-federated', 'Ready=True');
  });

  test("over transport linkerd the Service names its members for Linkerd's proxies, and has no slices of theirs", async () => {
    const all = await clusters.namespace('meshed');
    const { london } = all;
    for (const name of ['paris', 'lyon', 'london'] as const) await serve(all, name);
    await federates(london, ['paris', 'lyon', 'local'], ['london', 'paris', 'lyon']);
    const gateway = { addresses: [{ host: '192.0.2.1', port: 4143 }], identity: 'gateway.linkerd' };
    const over = async (spec: object) => {
      for (const name of ['paris', 'lyon']) await clusters.london.edits(links, name, { spec });
    };
    await over({ transport: 'linkerd', gateway });
    await federates(london, ['paris', 'lyon', 'local'], ['london']);
    await eventually(async () => {
      const { annotations = {} } = (await london.service('web-federated')).metadata;
      assert.deepEqual(annotations[keys.remoteDiscovery]?.split(',').toSorted(), ['web@lyon', 'web@paris']);
      assert.equal(annotations[keys.localDiscovery], 'web');
    });
    await london.mirrorSays('web-federated', 'Ready=True');
    await over({ transport: 'flat', gateway: null });
    await federates(london, ['paris', 'lyon', 'local'], ['london', 'paris', 'lyon']);
    await eventually(async () => {
      const { annotations = {} } = (await london.service('web-federated')).metadata;
      assert.equal(annotations[keys.remoteDiscovery], undefined);
    });
  });

  test('members of a cluster that is away stay, and those of a Link that is gone leave', async () => {
    const all = await clusters.namespace('away');
    const { london, paris } = all;
    await serve(all, 'paris');
    await serve(all, 'lyon');
    await federates(london, ['lyon', 'paris'], ['paris', 'lyon']);
    await clusters.lyon.stopApiServer();
    await paris.applies(aService('other', port(80), member));
    await london.mirrorSays('other-federated', 'Synced=True');
    await federates(london, ['lyon', 'paris'], ['paris', 'lyon']);
    await operator.stop();
    await start();
    await paris.applies(aService('third', port(80), member));
    await london.mirrorSays('third-federated', 'Synced=True');
    await federates(london, ['lyon', 'paris'], ['paris', 'lyon']);
    await clusters.london.deletes(links, 'lyon');
    await federates(london, ['paris'], ['paris']);
    await clusters.lyon.startApiServer();
    await link('lyon');
    await federates(london, ['paris', 'lyon'], ['paris', 'lyon']);
  });

  test('Links that went while no operator ran leave at its start, and take their mirrors', async () => {
    const all = await clusters.namespace('down');
    const { london } = all;
    await serve(all, 'paris');
    await serve(all, 'lyon');
    await federates(london, ['lyon', 'paris'], ['paris', 'lyon']);
    await operator.stop();
    await clusters.london.deletes(links, 'lyon');
    await start();
    await federates(london, ['paris'], ['paris']);
    await operator.stop();
    await clusters.london.deletes(links, 'paris');
    await start();
    await isGone(london);
    assert.deepEqual(
      (await operator.log()).filter(({ level }) => level === 'error'),
      [],
    );
  });
});
