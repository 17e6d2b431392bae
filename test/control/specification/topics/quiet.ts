import assert from 'node:assert/strict';
import { endpointSlices, links, serviceMirrors, services } from '../../../../src/api/resources.js';
import type { Cases, World } from '../world.js';

const slice = 'web-paris-mirror-ipv4-0';

/** While a mirror is there, something happens, and exactly this is written. */
const writes =
  (because: (world: World) => Promise<unknown>, ...lines: string[]) =>
  async (world: World): Promise<void> => {
    const { london, paris } = world;
    await paris.exports('web', { ports: ['http 80'], annotations: { about: 'sells' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['http 80'], endpoints: ['10.9.0.1'] });
    await london.writes(lines, () => because(world));
  };
const nothing = (because: (world: World) => Promise<unknown>) => writes(because);

const endpointsOf = (fields: object) => ({ endpoints: [{ addresses: ['10.9.0.1'], ...fields }] });
const ready = { conditions: { ready: true } };

/** What is written because of a change: what it changes, once, and nothing else. */
export const quiet: Cases = {
  'the addresses of a load balancer in Paris write nothing': nothing(async ({ paris, name }) => {
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    await paris.changes('web', { spec: { type: 'LoadBalancer' } });
    await paris.kube.mergePatch(services, `${name}/web`, { status }, { subresource: 'status' });
  }),
  'the node, the zone and the hints of a pod write nothing': nothing(async ({ paris }) => {
    const placed = { nodeName: 'node-1', zone: 'a', hints: { forZones: [{ name: 'a' }] }, ...ready };
    await paris.edits(endpointSlices, 'web-ipv4', endpointsOf(placed));
  }),
  'the reference to a pod writes nothing': nothing(async ({ paris, name }) => {
    const targetRef = { kind: 'Pod', name: 'web-0', namespace: name, uid: 'a-uid' };
    await paris.edits(endpointSlices, 'web-ipv4', endpointsOf({ targetRef, ...ready }));
  }),
  'labels and annotations of a slice write nothing': nothing(async ({ paris }) => {
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' };
    await paris.edits(endpointSlices, 'web-ipv4', { metadata: { labels: { a: 'b' }, annotations } });
  }),
  'an annotation that does not travel writes nothing': nothing(async ({ paris }) => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'helm.sh/hook': 'x' };
    await paris.changes('web', { metadata: { annotations } });
  }),
  'another selector and another target port write nothing': nothing(async ({ paris }) => {
    const ports = [{ name: 'http', port: 80, targetPort: 'http' }];
    await paris.changes('web', { spec: { selector: { app: 'new' }, ports } });
  }),
  'that somebody applies the same again writes nothing': nothing(async ({ paris }) => {
    for (const force of ['first', 'second'])
      await paris.kube.mergePatch(services, `${paris.namespace}/web`, {
        metadata: { annotations: { 'helm.sh/round': force } },
      });
    await paris.exports('web', { ports: ['http 80'], annotations: { about: 'sells' } });
  }),
  'services that nobody mirrors write nothing': nothing(async ({ paris }) => {
    await paris.exports('other');
    await paris.exports('other', { ports: ['81'], pods: ['10.9.0.2'] });
    await paris.loses('other');
  }),
  'a service of the same name in another namespace writes nothing': nothing(async (world) => {
    const { paris } = await world.elsewhere(`${world.name}-other`);
    await paris.exports('web', { ports: ['https 443'], pods: ['10.9.0.2'] });
    await paris.loses('web');
  }),
  'labels and annotations of a ServiceMirror write nothing': nothing(async ({ london }) => {
    const metadata = { labels: { a: 'b' }, annotations: { a: 'b' } };
    await london.edits(serviceMirrors, 'web-paris', { metadata });
  }),
  'labels of the namespace write nothing': nothing(({ london, name }) =>
    london.kubectl('label', 'namespace', name, 'a=b'),
  ),
  'a Link that says the same in other words writes nothing': async ({ london, paris, name }) => {
    await london.links(name, { imports: { metadata: 'Safe' } });
    await paris.exports('web');
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`);
    const change = async () => {
      await london.edits(links, name, { metadata: { annotations: { a: 'b' } } });
      await london.relinks(name, {
        imports: { excludedLabels: ['nobody-has-it'], remoteNamespaces: [name] },
      });
      await london.relinks(name, { imports: { excludedLabels: null, remoteNamespaces: null } });
    };
    await london.writes([], change, name);
  },

  'a label is one write': writes(
    ({ paris }) => paris.changes('web', { metadata: { labels: { team: 'shop' } } }),
    'patch services web-paris',
  ),
  'another pod is one write': writes(
    ({ paris }) => paris.runs('web', '10.9.0.2'),
    `patch endpointslices ${slice}`,
  ),
  'one pod more is a write, and one of the count': writes(
    ({ paris }) => paris.runs('web', '10.9.0.1', '10.9.0.2'),
    `patch endpointslices ${slice}`,
    'update servicemirrors/status web-paris',
  ),
  'the end of the last pod is a write, and one of the condition': writes(
    ({ paris }) => paris.runs('web', '(10.9.0.1)'),
    `patch endpointslices ${slice}`,
    'update servicemirrors/status web-paris',
  ),
  'one port less is a write of each object': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80', 'https 443'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { podPorts: ['http 8080', 'https 8443'] });
    const lines = [`patch endpointslices ${slice}`, 'patch services web-paris'];
    const ports = [{ name: 'http', port: 80 }];
    await london.writes([...lines, 'update servicemirrors/status web-paris'], () =>
      paris.changes('web', { spec: { ports } }),
    );
  },
  'a new mirror is one write of each object': async ({ london, paris }) => {
    await paris.exports('web');
    const lines = [
      ...[`create endpointslices ${slice}`, 'create services web-paris'],
      'update servicemirrors/status web-paris',
    ];
    await london.writes(lines, () => london.mirrors('web').from('paris'));
  },
  'an automatic mirror costs one write more, when it comes and when it goes': async (world) => {
    const { london, paris, name } = world;
    await london.linksAutomatically(name);
    const [slices, service] = [`endpointslices web-${name}-mirror-ipv4-0`, `services web-${name}`];
    const created = [`create ${slices}`, `create ${service}`, `create servicemirrors web-${name}`];
    const status = `update servicemirrors/status web-${name}`;
    const lines = [...created, status];
    const came = await london.written(() => paris.exports('web'), lines, name);
    // its Service may be seen a moment before its pods: then the count is a second write of the status
    assert.deepEqual([...new Set(came)].toSorted(), lines.toSorted());
    assert.ok(came.length <= lines.length + 1, came.join(', '));
    const label = { metadata: { labels: { team: 'shop' } } };
    await london.writes([`patch ${service}`], () => paris.changes('web', label), name);
    const removed = [`delete ${slices}`, `delete ${service}`, `delete servicemirrors web-${name}`];
    const gone = await london.written(() => paris.loses('web'), removed, name);
    // before its mirror goes, its endpoints may have been called not ready
    const deletions = gone.filter((line) => line.startsWith('delete'));
    assert.deepEqual(deletions.toSorted(), removed.toSorted());
  },
};
