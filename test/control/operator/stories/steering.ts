import assert from 'node:assert/strict';
import { test } from 'node:test';
import { links } from '../../../../src/api/resources.js';
import { aMirror, annotated, aService, labelled, of, port } from '../../../gen/gen.js';
import type { Kubectl } from '../../../../tools/clusters/kubectl.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** Keys by which tools of a cluster claim and steer objects. */
export function steering(clusters: () => OperatorClusters): void {
  test('a change of imports.metadata reaches mirrors that are there', async () => {
    const { london, paris } = await clusters().namespace('steering');
    await clusters().link('steered', await clusters().paris.access('peer-london'));
    const scraped = { 'prometheus.io/scrape': 'true', 'service.kubernetes.io/topology-mode': 'Auto' };
    await paris.applies(
      aService('hello', port(80), labelled({ team: 'web' }), annotated({ about: 'greets', ...scraped })),
    );
    await london.applies(aMirror('hello-mirror', of('steered', 'steering/hello')));
    await london.mirrorSays('hello-mirror', 'Synced=True');

    const own = { 'linkerd.io/remote-service': 'steering/hello' };
    const described = { ...own, about: 'greets' };
    const travels = async (annotations: object, team: string | undefined) => {
      await eventually(async () => {
        const { metadata } = await london.service('hello');
        assert.deepEqual([metadata.annotations, metadata.labels?.['team']], [annotations, team]);
      });
    };
    await travels(described, 'web');
    const steps = [
      ['All', { ...described, 'prometheus.io/scrape': 'true' }, 'web'],
      ['None', own, undefined],
      ['Safe', described, 'web'],
    ] as const;
    for (const [metadata, annotations, team] of steps) {
      await clusters().london.own.edits(links, 'steered', { spec: { imports: { metadata } } });
      await travels(annotations, team);
    }
  });

  test('a tool that prunes what carries its label leaves mirrors of what it has applied elsewhere', async () => {
    const { london, paris } = await clusters().namespace('pruned');
    // the ID of an ApplySet is a hash of names, so that it is the same in both clusters (KEP-3659)
    const serviceOf = (name: string) => ({
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'pruned' } },
      spec: { ports: [{ port: 80 }] },
    });
    const apply = (kubectl: Kubectl, ...names: string[]) =>
      kubectl.apply(
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: names.map(serviceOf) }),
        ...['--namespace', 'pruned', '--prune', '--applyset', 'shop'],
      );
    await apply(clusters().paris.kubectl, 'hello');
    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Synced=True');
    const { uid } = (await london.service('hello')).metadata;
    assert.notEqual(
      (await paris.service('hello')).metadata.labels?.['applyset.kubernetes.io/part-of'],
      undefined,
    );

    await apply(clusters().london.kubectl, 'one', 'two');
    assert.match(await apply(clusters().london.kubectl, 'one'), /service\/two pruned/);
    assert.equal((await london.service('hello')).metadata.uid, uid);
  });
}
