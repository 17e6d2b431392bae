import assert from 'node:assert/strict';
import { serviceMirrors } from '../../../../src/api/resources.js';
import type { Kubectl } from '../../../../tools/clusters/kubectl.js';
import type { Cases } from '../world.js';

const scraped = { 'prometheus.io/scrape': 'true', about: 'sells' };

/** Labels and annotations: what travels, and what London writes of its own. */
export const metadata: Cases = {
  'a mirror names its Link, its ServiceMirror and the remote service': async ({ london, paris, name }) => {
    await paris.exports('web', { labels: { team: 'shop' }, annotations: { about: 'sells' } });
    await london.mirrors('web').from('paris');
    const { metadata: its } = await london.shows('web-paris');
    assert.deepEqual(its.labels, {
      ...{ team: 'shop', export: name, 'app.kubernetes.io/managed-by': 'service-mirror' },
      ...{ 'linkerd.io/link': 'paris', 'linkerd.io/service-mirror': 'web-paris' },
    });
    assert.deepEqual(its.annotations, { about: 'sells', 'linkerd.io/remote-service': `${name}/web` });
    const [slice] = await london.slices('web-paris');
    assert.deepEqual(slice?.metadata.labels, {
      ...{ 'app.kubernetes.io/managed-by': 'service-mirror', 'kubernetes.io/service-name': 'web-paris' },
      ...{ 'linkerd.io/link': 'paris', 'linkerd.io/service-mirror': 'web-paris' },
      'endpointslice.kubernetes.io/managed-by': 'service-mirror',
    });
    assert.deepEqual(slice.metadata.annotations, { 'linkerd.io/remote-service': `${name}/web` });
  },

  'a mirror and its objects belong to each other': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const service = await london.shows('web-paris');
    const { metadata: its } = await london.get(serviceMirrors, 'web-paris');
    assert.deepEqual(service.metadata.ownerReferences, [
      { ...ownerOf('linkerd.io/v1alpha1', 'ServiceMirror'), uid: its.uid },
    ]);
    const [slice] = await london.slices('web-paris');
    assert.deepEqual(slice?.metadata.ownerReferences, [
      { ...ownerOf('v1', 'Service'), uid: service.metadata.uid },
    ]);
  },

  'labels and annotations that its Link excludes stay in Paris': async ({ london, paris, name }) => {
    const labels = { team: 'shop', secret: 'x', 'internal.example.com/a': 'x' };
    const annotations = { about: 'sells', note: 'x' };
    await paris.exports('web', { labels, annotations });
    const excludedLabels = ['secret', 'internal.example.com/*'];
    await london.links(name, { imports: { excludedLabels, excludedAnnotations: ['note'] } });
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, {
      labels: { team: 'shop', secret: undefined, 'internal.example.com/a': undefined },
      annotations: { about: 'sells', note: undefined },
    });
    await london.relinks(name, { imports: { excludedLabels: ['team'], excludedAnnotations: null } });
    await london.shows(`web-${name}`, {
      labels: { team: undefined, secret: 'x', 'internal.example.com/a': 'x' },
      annotations: { about: 'sells', note: 'x' },
    });
  },

  'keys on which tools of a cluster act stay in Paris, unless its Link says All': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web', { labels: { team: 'shop' }, annotations: scraped });
    await london.links(name, { imports: { metadata: 'Safe' } });
    await london.mirrors('web').from(name);
    const safe = {
      labels: { team: 'shop' },
      annotations: { about: 'sells', 'prometheus.io/scrape': undefined },
    };
    await london.shows(`web-${name}`, safe);
    await london.relinks(name, { imports: { metadata: 'All' } });
    await london.shows(`web-${name}`, { labels: { team: 'shop' }, annotations: scraped });
    await london.relinks(name, { imports: { metadata: 'None' } });
    await london.shows(`web-${name}`, {
      labels: { team: undefined },
      annotations: { about: undefined, 'prometheus.io/scrape': undefined },
    });
    await london.relinks(name, { imports: { metadata: 'Safe' } });
    await london.shows(`web-${name}`, safe);
  },

  'keys that would break a mirror never travel': async ({ london, paris, name }) => {
    await paris.exports('web', {
      labels: {
        'mirror.linkerd.io/exported': 'true',
        'service.kubernetes.io/service-proxy-name': 'another',
        'linkerd.io/link': 'theirs',
      },
      annotations: {
        'service.kubernetes.io/topology-mode': 'Auto',
        'multicluster.linkerd.io/remote-discovery': 'web@another',
        'mirror.linkerd.io/remote-svc-fq-name': 'bank.default.svc.cluster.local',
      },
    });
    await london.links(name, { imports: { metadata: 'All' } });
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, {
      labels: {
        'mirror.linkerd.io/exported': undefined,
        'service.kubernetes.io/service-proxy-name': undefined,
        'linkerd.io/link': name,
      },
      annotations: {
        'service.kubernetes.io/topology-mode': undefined,
        'multicluster.linkerd.io/remote-discovery': undefined,
        'mirror.linkerd.io/remote-svc-fq-name': undefined,
      },
    });
  },

  'what describes an application travels': async ({ london, paris }) => {
    const labels = { 'app.kubernetes.io/name': 'web', 'app.kubernetes.io/version': '1.2' };
    await paris.exports('web', { labels: { ...labels, 'app.kubernetes.io/instance': 'web-7' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { labels: { ...labels, 'app.kubernetes.io/instance': undefined } });
  },

  'a tool that prunes what carries its label leaves mirrors of what it has applied elsewhere': async (
    world,
  ) => {
    const { london, paris, name } = world;
    // the ID of an ApplySet is a hash of names, so that it is the same in both clusters (KEP-3659)
    const apply = (kubectl: Kubectl, ...services: string[]) =>
      kubectl.apply(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: services.map((each) => serviceOf(each, name)),
        }),
        ...['--namespace', name, '--prune', '--applyset', 'shop'],
      );
    await apply(paris.kubectl, 'web');
    const label = 'applyset.kubernetes.io/part-of';
    assert.notEqual((await paris.service('web')).metadata.labels?.[label], undefined);
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { says: ['Synced=True'], labels: { [label]: undefined } });
    await apply(london.kubectl, 'one', 'two');
    assert.match(await apply(london.kubectl, 'one'), /service\/two pruned/);
    await london.shows('web-paris', { says: ['Synced=True'], stays: before });
  },
};

function serviceOf(name: string, namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { ports: [{ port: 80 }] },
  };
}

function ownerOf(apiVersion: string, kind: string) {
  return { apiVersion, kind, name: 'web-paris', controller: true };
}
