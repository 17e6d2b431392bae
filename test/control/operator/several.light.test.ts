import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { keys } from '../../../src/api/names.js';
import { endpointSlices, serviceMirrors, services } from '../../../src/api/resources.js';
import type { MirrorCluster } from '../../../src/api/servicemirror.js';
import type { Clusters, InEach } from '../../driver/cluster.js';
import { messageOf } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import { readOnly, startLightClusters, type LightDriver } from '../../driver/light.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import type { Operator } from '../../driver/operator.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  labelled,
  metadata,
  named,
  ofClusters,
  over,
  port,
  unready,
  type Change,
} from '../../gen/gen.js';
import type { EndpointSlice, Service } from '../../../src/api/objects.js';

type Name = 'london' | 'paris' | 'lyon';

suite('one name over several clusters, on real API servers', { concurrency: 8 }, () => {
  let clusters: Clusters<Name, LightDriver>;
  let operator: Operator;
  before(async () => {
    clusters = await startLightClusters<Name>({
      ...{ london: {}, paris: { manifests: readOnly }, lyon: { manifests: readOnly } },
    });
    const { london } = clusters;
    for (const name of ['paris', 'lyon'] as const)
      await london.link(name, await clusters[name].access('peer-london'), over('flat'));
    operator = await london.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  /** Service `web` with these endpoints; addresses in brackets are not ready. */
  const serves = async (
    where: NamespaceDriver,
    addresses: readonly string[],
    ...changes: Change<Service>[]
  ) => {
    const all = addresses.map((address): Change<EndpointSlice> =>
      address.startsWith('(') ? unready(address.slice(1, -1)) : endpoint(address),
    );
    await where.applies(
      aService('web', ...(changes.length > 0 ? changes : [port(80, { name: 'http' })])),
      aSlice(
        'web',
        labelled({ [keys.serviceName]: 'web' }),
        metadata({ name: 'web-1' }),
        (draft) => {
          draft.ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
        },
        ...all,
      ),
    );
  };
  const mirrors = ({ london }: InEach<Name>, ...members: (string | MirrorCluster)[]) =>
    london.applies(aMirror('everywhere', named('everywhere'), ofClusters(...members), of('web')));
  const of =
    (name: string): Change<ReturnType<typeof aMirror>> =>
    ({ spec }) => {
      spec.service = { name };
    };
  const shows = (london: NamespaceDriver, display: string, ...addresses: string[]) =>
    eventually(async () => {
      const { status } = await london.get(serviceMirrors, 'everywhere');
      assert.equal(status?.endpoints?.display, display);
      assert.deepEqual((await london.endpoints('everywhere')).toSorted(), addresses.toSorted());
    });

  test('all clusters of one priority serve, and a cluster that has no ready pod does not', async () => {
    const each = await clusters.namespace('even');
    await serves(each.paris, ['10.1.0.1']);
    await serves(each.lyon, ['10.2.0.1', '10.2.0.2']);
    await mirrors(each, 'paris', 'lyon');
    await each.london.mirrorSays('everywhere', 'Ready=True');
    await shows(each.london, 'paris 1/1, lyon 2/2', '10.1.0.1', '10.2.0.1', '10.2.0.2');
    await serves(each.paris, ['(10.1.0.1)']);
    await shows(each.london, 'paris 0/1 down, lyon 2/2', '(10.1.0.1)', '10.2.0.1', '10.2.0.2');
    const mirror = await each.london.mirrorSays('everywhere', 'Ready=True');
    assert.match(messageOf(mirror, 'Ready'), /paris: none of the 1 remote endpoints is ready/);
  });

  test("this cluster's own pods come first, the next priority takes over, and gives back", async () => {
    const each = await clusters.namespace('failover');
    await serves(each.london, ['10.0.0.1']);
    await serves(each.paris, ['10.1.0.1']);
    await serves(each.lyon, ['10.2.0.1']);
    await mirrors(each, { name: 'local' }, { name: 'paris', priority: 1 }, { name: 'lyon', priority: 2 });
    const paris = '(10.1.0.1)';
    await shows(
      each.london,
      'local 1/1, paris 1/1 standby, lyon 1/1 standby',
      '10.0.0.1',
      paris,
      '(10.2.0.1)',
    );
    const { spec } = await each.london.service('everywhere');

    await serves(each.london, ['(10.0.0.1)']);
    await shows(
      each.london,
      'local 0/1 down, paris 1/1, lyon 1/1 standby',
      '(10.0.0.1)',
      '10.1.0.1',
      '(10.2.0.1)',
    );
    const moved = await each.london.mirrorSays('everywhere', 'Ready=True');
    await eventually(async () => assert.ok((await each.london.events(moved)).includes('BackendsChanged')));
    await each.paris.deletes(services, 'web');
    await shows(each.london, 'local 0/1 down, lyon 1/1', '(10.0.0.1)', '(10.1.0.1)', '10.2.0.1');

    await serves(each.london, ['10.0.0.1']);
    await shows(each.london, 'local 1/1, lyon 1/1 standby', '10.0.0.1', '(10.1.0.1)', '(10.2.0.1)');
    assert.equal((await each.london.service('everywhere')).spec.clusterIP, spec.clusterIP);
  });

  test("this cluster's pods of another namespace are read when a mirror of that namespace names them", async () => {
    const each = await clusters.namespace('elsewhere');
    await serves(each.london, ['10.0.0.9']);
    await serves(each.paris, ['10.1.0.9']);
    await mirrors(each, 'local', 'paris');
    await shows(each.london, 'local 1/1, paris 1/1', '10.0.0.9', '10.1.0.9');
    await each.london.deletes(serviceMirrors, 'everywhere');
    await eventually(async () => assert.ok(await each.london.isGone(services, 'everywhere')));
    assert.deepEqual(await each.london.endpoints('web'), ['10.0.0.9']);
  });

  test('a cluster takes its traffic back when it has as many endpoints as minReady says', async () => {
    const each = await clusters.namespace('give-back');
    await serves(each.paris, ['10.1.0.1', '10.1.0.2']);
    await serves(each.lyon, ['10.2.0.1']);
    await mirrors(each, 'paris', { name: 'lyon', priority: 1 });
    await each.london.edits(serviceMirrors, 'everywhere', { spec: { minReady: 2 } });
    await shows(each.london, 'paris 2/2, lyon 1/1 standby', '10.1.0.1', '10.1.0.2', '(10.2.0.1)');
    await serves(each.paris, ['(10.1.0.1)', '(10.1.0.2)']);
    await shows(each.london, 'paris 0/2 down, lyon 1/1', '(10.1.0.1)', '(10.1.0.2)', '10.2.0.1');
    await serves(each.paris, ['10.1.0.1', '(10.1.0.2)']);
    await shows(each.london, 'paris 1/2 standby, lyon 1/1', '(10.1.0.1)', '(10.1.0.2)', '10.2.0.1');
    await serves(each.paris, ['10.1.0.1', '10.1.0.2']);
    await shows(each.london, 'paris 2/2, lyon 1/1 standby', '10.1.0.1', '10.1.0.2', '(10.2.0.1)');
    // one that serves goes on with fewer
    await serves(each.paris, ['10.1.0.1', '(10.1.0.2)']);
    await shows(each.london, 'paris 1/2, lyon 1/1 standby', '10.1.0.1', '(10.1.0.2)', '(10.2.0.1)');
  });

  test('ports are those of the oldest Service that is ready, and another name of a port does not matter', async () => {
    const each = await clusters.namespace('ports');
    await serves(each.paris, ['10.1.0.1'], port(80, { name: 'http' }), port(443, { name: 'https' }));
    const { metadata: first } = await each.paris.service('web');
    // the API server's clock counts in seconds
    await eventually(async () => {
      await each.lyon.applies(aService('web', port(80, { name: 'web' })));
      const { metadata: second } = await each.lyon.service('web');
      if (second.creationTimestamp! > first.creationTimestamp!) return;
      await each.lyon.deletes(services, 'web');
      assert.fail('made in the same second');
    });
    await each.lyon.applies(
      aSlice(
        'web',
        labelled({ [keys.serviceName]: 'web' }),
        metadata({ name: 'web-1' }),
        endpoint('10.2.0.1'),
        (draft) => {
          draft.ports = [{ name: 'web', port: 8080, protocol: 'TCP' }];
        },
      ),
    );
    await mirrors(each, 'lyon', 'paris');
    const mirror = await each.london.mirrorSays('everywhere', 'Ready=True');
    await shows(each.london, 'lyon 1/1, paris 1/1', '10.1.0.1', '10.2.0.1');
    assert.deepEqual(
      (await each.london.service('everywhere')).spec.ports?.map(({ name }) => name),
      ['http', 'https'],
    );
    for (const { ports } of await each.london.list(endpointSlices)) assert.equal(ports?.[0]?.name, 'http');
    await eventually(async () => {
      const now = await each.london.get(serviceMirrors, mirror.metadata.name);
      assert.match(messageOf(now, 'Ready'), /lyon: .*it has no port 443\/TCP/);
    });
  });

  test('a Link that is not there leaves the others alone, and the message names it', async () => {
    const each = await clusters.namespace('unlinked');
    await serves(each.paris, ['10.1.0.1']);
    await mirrors(each, 'rome', 'paris');
    const mirror = await each.london.mirrorSays('everywhere', 'Accepted=True', 'Ready=True');
    assert.match(messageOf(mirror, 'Ready'), /rome: spec.clusters: there is no Link "rome"/);
  });

  test('a mirror of one cluster becomes one of several and keeps its address', async () => {
    const each = await clusters.namespace('grown');
    await serves(each.paris, ['10.1.0.1']);
    await serves(each.lyon, ['10.2.0.1']);
    await mirrors(each, 'paris');
    await shows(each.london, 'paris 1/1', '10.1.0.1');
    const { spec } = await each.london.service('everywhere');
    await each.london.edits(serviceMirrors, 'everywhere', {
      spec: { clusters: null, cluster: 'paris' },
    });
    await shows(each.london, '1/1', '10.1.0.1');
    await each.london.edits(serviceMirrors, 'everywhere', {
      spec: { cluster: null, clusters: [{ name: 'paris' }, { name: 'lyon', weight: 0 }] },
    });
    await shows(each.london, 'paris 1/1, lyon 1/1 standby', '10.1.0.1', '(10.2.0.1)');
    assert.equal((await each.london.service('everywhere')).spec.clusterIP, spec.clusterIP);
  });
});
