import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { keys } from '../../../src/api/names.js';
import { endpoints, endpointSlices, links, serviceMirrors, services } from '../../../src/api/resources.js';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { run } from '../../../tools/clusters/exec.js';
import { writeKubectl } from '../../../tools/clusters/kubectl.js';
import { root } from '../../../tools/clusters/paths.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { messageOf } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import {
  aMirror,
  annotated,
  aService,
  aSlice,
  endpoint,
  labelled,
  named,
  ofClusters,
  port,
  unready,
} from '../../gen/gen.js';
import { linkerdMetadata } from '../../gen/linkerdservice.js';
import { withOperator, type InBoth } from './clusters.js';

/** What Linkerd's gateway in Paris is called by, and a pod of Paris. */
const [gateway, pod] = ['203.0.113.7', '10.9.0.1'];

/** What Linkerd writes into the metadata of a Service that it has federated. */
const federated = [
  labelled({ [keys.mirroredService]: 'true' }),
  annotated({ [keys.remoteDiscovery]: 'hello@paris,hello@lyon' }),
];

suite("Services of Linkerd's service mirror, on real API servers", () => {
  // the first makes slices of Endpoints, as in every cluster
  const controllers = ['endpointslice-mirroring-controller', 'garbage-collector-controller'];
  const { clusters } = withOperator({ london: { controllers } });

  suite('side by side', { concurrency: 4 }, () => {
    test('a mirror takes over the Service that its annotation names, and its cluster IP stays', async () => {
      const { london, paris } = await mirroredByLinkerd('adopted', endpoint(pod));
      const before = await london.service('hello-paris');
      const mark = await clusters().london.audit.mark();

      await london.applies(aMirror('hello-mirror', named('hello-paris')));
      const refused = await london.mirrorSays('hello-mirror', 'Ready=False/NameConflict');
      assert.match(messageOf(refused), /write its UID into annotation linkerd\.io\/adopt-service/);
      await london.applies(adopter('3f1b0c6e-0000-4000-8000-000000000000'));
      await eventually(async () =>
        assert.match(messageOf(await london.get(serviceMirrors, 'hello-mirror')), /names another UID/),
      );
      assert.deepEqual(await london.service('hello-paris'), before);

      await london.applies(adopter(before.metadata.uid));
      await london.mirrorSays('hello-mirror', 'Accepted=True', 'Ready=True');
      await london.hasEndpoints('hello-paris', pod);
      assert.ok(await london.isGone(endpoints, 'hello-paris'));
      const { metadata, spec } = await london.service('hello-paris');
      assert.deepEqual([metadata.uid, spec.clusterIP], [before.metadata.uid, before.spec.clusterIP]);
      assert.equal(metadata.ownerReferences?.[0]?.kind, 'ServiceMirror');
      assert.deepEqual(
        Object.keys({ ...metadata.labels, ...metadata.annotations }).filter((key) =>
          key.includes('mirror.linkerd'),
        ),
        [],
      );
      const written = (await clusters().london.writtenSince(mark, london))
        .map(({ verb, resource }) => `${verb} ${resource}`)
        .filter((one) => !one.includes('servicemirrors'));
      // something serves at every moment
      assert.ok(
        written.indexOf('create endpointslices') < written.indexOf('delete endpoints'),
        written.join(),
      );
      assert.deepEqual(written.toSorted(), [
        'create endpointslices',
        'delete endpoints',
        'patch services',
        'patch services',
      ]);

      // it is like any other mirror's now
      await paris.edits(services, 'hello', { spec: { ports: [{ port: 81, name: 'x' }] } });
      await eventually(async () => {
        const { ports } = (await london.service('hello-paris')).spec;
        assert.deepEqual(
          ports?.map((each) => each.port),
          [81],
        );
      });
      await london.deletes(serviceMirrors, 'hello-mirror');
      await eventually(async () => assert.ok(await london.isGone(services, 'hello-paris')));
    });

    test('the endpoints that Linkerd wrote serve until the mirror has some', async () => {
      const { london, paris } = await mirroredByLinkerd('handover', unready(pod));
      const { metadata } = await london.service('hello-paris');
      await london.applies(adopter(metadata.uid));
      await london.mirrorSays('hello-mirror', 'Accepted=True', 'Ready=False/NoReadyEndpoints');
      assert.equal(await london.isGone(endpoints, 'hello-paris'), false);
      assert.deepEqual((await london.endpoints('hello-paris')).toSorted(), [`(${pod})`, gateway].toSorted());
      await paris.applies(aSlice('hello', endpoint(pod)));
      await london.hasEndpoints('hello-paris', pod);
      assert.ok(await london.isGone(endpoints, 'hello-paris'));
    });

    test('a mirror of several clusters takes over a federation of them, by the script', async () => {
      const { london, paris } = await clusters().namespace('federation');
      await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint(pod)));
      await london.applies(
        aService('hello-federated', port(80), ...federated, ({ spec }) => delete spec.selector),
        aMirror('hello-federated', ofClusters('paris', 'lyon'), named('hello-federated')),
      );
      await london.mirrorSays('hello-federated', 'Ready=False/NameConflict');
      const { metadata, spec } = await london.service('hello-federated');
      await adoptServices('--federated');
      await london.hasEndpoints('hello-federated', pod);
      const adopted = await london.service('hello-federated');
      assert.deepEqual([adopted.metadata.uid, adopted.spec.clusterIP], [metadata.uid, spec.clusterIP]);
      assert.equal(adopted.metadata.annotations?.[keys.remoteDiscovery], undefined);
    });

    test('a Service that somebody wrote is never taken over', async () => {
      const { london, paris } = await clusters().namespace('not-linkerds');
      await paris.applies(aService('hello', port(80)));
      await london.applies(aService('hello-paris', port(8080)));
      const before = await london.service('hello-paris');
      await london.applies(adopter(before.metadata.uid));
      const refused = await london.mirrorSays('hello-mirror', 'Ready=False/NameConflict');
      assert.match(messageOf(refused), /no mirror of Linkerd's/);
      assert.deepEqual(await london.service('hello-paris'), before);
    });
  });

  test('automatic mirrors take over all Services of a cluster by one script', async () => {
    const { london, paris } = await mirroredByLinkerd('by-script', endpoint(pod));
    const { metadata, spec } = await london.service('hello-paris');
    await paris.edits(services, 'hello', { metadata: { labels: { automatic: 'yes' } } });
    await clusters().london.edits(links, 'paris', {
      spec: { imports: { selector: { matchLabels: { automatic: 'yes' } }, automatic: true } },
    });
    await london.mirrorSays('hello-paris', 'Ready=False/NameConflict');

    await adoptServices('paris');

    await london.mirrorSays('hello-paris', 'Ready=True');
    await london.hasEndpoints('hello-paris', pod);
    const adopted = await london.service('hello-paris');
    assert.deepEqual([adopted.metadata.uid, adopted.spec.clusterIP], [metadata.uid, spec.clusterIP]);
  });

  test('a federated mirror that the operator makes takes over what Linkerd has federated', async () => {
    const { london, paris } = await clusters().namespace('federated');
    await london.applies(
      aService('hello-federated', port(80), ...federated, ({ spec }) => delete spec.selector),
    );
    await clusters().london.edits(links, 'paris', {
      spec: { imports: { selector: null, automatic: null, federated: {} } },
    });
    const member = labelled({ 'mirror.linkerd.io/federated': 'member' });
    await paris.applies(aService('hello', port(80), member), aSlice('hello', endpoint(pod)));
    await london.mirrorSays('hello-federated', 'Ready=False/NameConflict');
    const { metadata } = await london.service('hello-federated');
    await adoptServices('--federated');
    await london.mirrorSays('hello-federated', 'Ready=True');
    await london.hasEndpoints('hello-federated', pod);
    assert.equal((await london.service('hello-federated')).metadata.uid, metadata.uid);
  });

  /** Runs the script as a user would. */
  async function adoptServices(of: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'service-mirror-adopt-'));
    await writeKubectl(folder, [await ensureBinary('kube', toStderr), 'kubectl']);
    const env = { HOME: folder, PATH: `${folder}:${process.env.PATH}` };
    const script = join(root, 'examples/adopt-services.sh');
    await run(['sh', script, of, '--kubeconfig', clusters().london.kubeconfig], { env });
    await rm(folder, { recursive: true });
  }

  function adopter(uid = '') {
    return aMirror('hello-mirror', named('hello-paris'), annotated({ [keys.adoptService]: uid }));
  }

  /** Linkerd has mirrored `hello` of Paris, and its Endpoints have become a slice. */
  async function mirroredByLinkerd(
    name: string,
    ...changes: Parameters<typeof aSlice>[1][]
  ): Promise<InBoth> {
    const both = await clusters().namespace(name);
    const { london, paris } = both;
    await paris.applies(aService('hello', port(80)), aSlice('hello', ...changes));
    await london.applies(
      aService('hello-paris', port(80), linkerdMetadata, remoteName(london), ({ spec }) => {
        delete spec.selector;
        delete spec.clusterIP;
      }),
    );
    const { metadata } = await london.service('hello-paris');
    await london.creates({
      ...{ apiVersion: 'v1', kind: 'Endpoints' },
      metadata: {
        ...{ name: 'hello-paris', namespace: name },
        ...{ labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
      },
      subsets: [{ addresses: [{ ip: gateway }], ports: [{ port: 4143, protocol: 'TCP' }] }],
    } as never);
    await london.hasEndpoints('hello-paris', gateway);
    const [slice] = await london.list(endpointSlices);
    assert.equal(slice?.metadata.labels?.[keys.sliceManagedBy], 'endpointslicemirroring-controller.k8s.io');
    return both;
  }

  function remoteName({ namespace }: NamespaceDriver) {
    return annotated({ [keys.remoteFqName]: `hello.${namespace}.svc.cluster.local` });
  }
});
