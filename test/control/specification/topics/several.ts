import assert from 'node:assert/strict';
import type { Service } from '../../../../src/api/objects.js';
import { links, serviceMirrors, services } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import type { London } from '../london.js';
import type { Cases, World } from '../world.js';

const [own, atParis, atLyon] = ['10.0.0.1', '10.1.0.1', '10.2.0.1'];
const [parisSlice, lyonSlice] = ['web-all-mirror-ipv4-0', 'web-all-mirror-lyon-ipv4-0'];

/** Paris and Lyon each have a Service `web` with one pod. */
async function bothExport({ paris, lyon }: World): Promise<void> {
  await paris.exports('web', { pods: [atParis] });
  await lyon.exports('web', { pods: [atLyon] });
}

/** Waits until what is made from now on is younger: API servers count in seconds. */
const isOlder = ({ metadata }: Service) =>
  eventually(() => assert.ok(Date.now() >= Date.parse(metadata.creationTimestamp ?? '') + 1_000));

const editing = (london: London, spec: object) => london.edits(serviceMirrors, 'web-all', { spec });

/** One name that several clusters serve; all Links are flat. */
export const several: Cases = {
  'clusters of one priority all serve': async (world) => {
    const { london } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', 'lyon');
    await london.shows('web-all', { endpoints: [atParis, atLyon], counted: 'paris 1/1, lyon 1/1' });
  },

  'a cluster without a ready pod serves nothing, and is told of, until it has one': async (world) => {
    const { london, lyon } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', 'lyon');
    const before = await london.shows('web-all', { endpoints: [atParis, atLyon] });
    await lyon.runs('web', `(${atLyon})`);
    await london.shows('web-all', {
      ...{ endpoints: [atParis, `(${atLyon})`], counted: 'paris 1/1, lyon 0/1 down' },
      message: /lyon: none of the 1 remote endpoints is ready/,
    });
    await lyon.runs('web', atLyon);
    await london.shows('web-all', { endpoints: [atParis, atLyon], stays: before });
  },

  'a cluster that never had the service is told of, and the others serve': async ({ london, paris }) => {
    await paris.exports('web', { pods: [atParis] });
    await london.mirrors('web').fromAll('paris', 'lyon');
    const message = /lyon: cluster "lyon" has no Service|lyon: .*does not exist/;
    await london.shows('web-all', { endpoints: [atParis], message });
  },

  'a cluster that loses the service leaves the name to the others, at the same address': async (world) => {
    const { london, paris, lyon } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', 'lyon');
    const before = await london.shows('web-all', { endpoints: [atParis, atLyon] });
    await paris.loses('web');
    await london.shows('web-all', { endpoints: [`(${atParis})`, atLyon], stays: before });
    await paris.exports('web', { pods: [atParis] });
    await london.shows('web-all', { endpoints: [atParis, atLyon], stays: before });
    await lyon.loses('web');
    await london.shows('web-all', { endpoints: [atParis, `(${atLyon})`], stays: before });
  },

  'when all have lost it nobody serves, and the Service and its address stay': async (world) => {
    const { london, paris, lyon } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', 'lyon');
    const before = await london.shows('web-all');
    await paris.loses('web');
    await lyon.loses('web');
    await london.hasEndpoints('web-all', `(${atParis})`, `(${atLyon})`);
    await london.tells('web-all', 'Ready=False', /./);
    await lyon.exports('web', { pods: [atLyon] });
    await london.shows('web-all', { endpoints: [`(${atParis})`, atLyon], stays: before });
  },

  'the next priority serves when the first has nothing ready, and gives back': async (world) => {
    const { london, paris } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', { name: 'lyon', priority: 1 });
    const standby = { endpoints: [atParis, `(${atLyon})`], counted: 'paris 1/1, lyon 1/1 standby' };
    const before = await london.shows('web-all', standby);
    await paris.runs('web', `(${atParis})`);
    await london.shows('web-all', {
      endpoints: [`(${atParis})`, atLyon],
      counted: 'paris 0/1 down, lyon 1/1',
    });
    await london.tellsOf('web-all', 'BackendsChanged');
    await paris.runs('web', atParis);
    await london.shows('web-all', { ...standby, stays: before });
  },

  "London's own pods may come first": async (world) => {
    const { london, here } = world;
    await bothExport(world);
    await here.exports('web', { pods: [own] });
    await london.mirrors('web').fromAll('local', { name: 'paris', priority: 1 });
    await london.shows('web-all', {
      endpoints: [own, `(${atParis})`],
      counted: 'local 1/1, paris 1/1 standby',
    });
    await here.runs('web', `(${own})`);
    await london.shows('web-all', { endpoints: [`(${own})`, atParis] });
    await here.loses('web');
    await london.shows('web-all', { endpoints: [`(${own})`, atParis] });
    await here.exports('web', { pods: [own] });
    await london.shows('web-all', { endpoints: [own, `(${atParis})`] });
  },

  "London's own pods may serve beside those of others, and their Service stays when the mirror goes": async (
    world,
  ) => {
    const { london, here } = world;
    await bothExport(world);
    await here.exports('web', { pods: [own] });
    await london.mirrors('web').fromAll('local', 'paris');
    await london.shows('web-all', { endpoints: [own, atParis], counted: 'local 1/1, paris 1/1' });
    const [service, slice] = [await here.service('web'), (await here.slices('web'))[0]!];
    await london.leaves(service, slice).as(async () => {
      await london.deletes(serviceMirrors, 'web-all');
      await london.lacks('web-all');
    });
  },

  'a cluster takes its traffic back when half of its pods are ready, where minReady says so': async (
    world,
  ) => {
    const { london, paris } = world;
    const pods = ['10.1.0.1', '10.1.0.2', '10.1.0.3', '10.1.0.4'];
    const ready = (count: number) => pods.map((pod, at) => (at < count ? pod : `(${pod})`));
    await bothExport(world);
    await paris.runs('web', ...ready(4));
    await london.mirrors('web').fromAll('paris', { name: 'lyon', priority: 1 });
    await editing(london, { minReady: '50%' });
    await london.shows('web-all', { counted: 'paris 4/4, lyon 1/1 standby' });
    for (const [count, counted] of [
      [1, 'paris 1/4, lyon 1/1 standby'],
      [0, 'paris 0/4 down, lyon 1/1'],
      [1, 'paris 1/4 standby, lyon 1/1'],
      [2, 'paris 2/4, lyon 1/1 standby'],
    ] as const) {
      await paris.runs('web', ...ready(count));
      await london.shows('web-all', { counted });
    }
  },

  'a cluster of weight 0 serves nothing': async (world) => {
    const { london, paris } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', { name: 'lyon', weight: 0 });
    await london.shows('web-all', {
      endpoints: [atParis, `(${atLyon})`],
      counted: 'paris 1/1, lyon 1/1 standby',
    });
    await paris.runs('web', `(${atParis})`);
    await london.tells('web-all', 'Ready=False', /./);
    await london.hasEndpoints('web-all', `(${atParis})`, `(${atLyon})`);
    await editing(london, { clusters: [{ name: 'paris' }, { name: 'lyon' }] });
    await london.shows('web-all', { endpoints: [`(${atParis})`, atLyon] });
  },

  'a cluster that is added serves, and one that is taken out leaves nothing': async (world) => {
    const { london } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris');
    const before = await london.shows('web-all', { endpoints: [atParis] });
    await editing(london, { clusters: [{ name: 'paris' }, { name: 'lyon' }] });
    await london.shows('web-all', { endpoints: [atParis, atLyon], stays: before });
    await editing(london, { clusters: [{ name: 'lyon' }] });
    await london.shows('web-all', { endpoints: [atLyon], stays: before });
    await eventually(async () => assert.equal((await london.slices('web-all')).length, 1));
  },

  'a Link that is deleted leaves the others alone': async (world) => {
    const { london, name } = world;
    await bothExport(world);
    await london.links(name);
    await london.mirrors('web').fromAll(name, 'lyon');
    const before = await london.shows('web-all', { endpoints: [atParis, atLyon] });
    await london.deletes(links, name);
    await london.shows('web-all', {
      ...{ endpoints: [`(${atParis})`, atLyon], stays: before, message: /there is no Link/ },
    });
    await london.links(name);
    await london.shows('web-all', { endpoints: [atParis, atLyon], stays: before });
  },

  'what changes in one cluster writes what is of that cluster, once': async (world) => {
    const { london, lyon, paris } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', { name: 'lyon', priority: 1 });
    await london.shows('web-all', { endpoints: [atParis, `(${atLyon})`] });
    await london.writes([`patch endpointslices ${parisSlice}`], () => paris.runs('web', '10.1.0.2'));
    await london.writes([`patch endpointslices ${lyonSlice}`], () => lyon.runs('web', '10.2.0.2'), 'lyon');
  },

  'labels and ports are those of the oldest Service that is ready, and a label of another writes nothing':
    async (world) => {
      const { london, paris, lyon } = world;
      const [http, https] = ['http 80', 'https 443'];
      await paris.exports('web', { ports: [http, https], pods: [atParis], labels: { team: 'shop' } });
      await isOlder(await paris.service('web'));
      await lyon.exports('web', { ports: [http], pods: [atLyon] });
      await london.mirrors('web').fromAll('lyon', 'paris');
      await london.shows('web-all', {
        ...{ ports: [http, https], endpoints: [atLyon, atParis], labels: { team: 'shop' } },
        message: /lyon: .*it has no port 443\/TCP/,
      });
      const label = { metadata: { labels: { team: 'bank' } } };
      await london.writes([], () => lyon.changes('web', label), 'lyon');
      await paris.loses('web');
      await london.shows('web-all', {
        ...{ ports: [http], endpoints: [atLyon, `(${atParis})`], labels: { team: 'bank' } },
      });
    },

  'a mirror of one cluster becomes one of several and back, at the same address': async (world) => {
    const { london } = world;
    await bothExport(world);
    await london.mirrors('web', { as: 'web-all' }).from('paris');
    const before = await london.shows('web-all', { endpoints: [atParis], counted: '1/1' });
    await editing(london, { cluster: null, clusters: [{ name: 'paris' }, { name: 'lyon' }] });
    await london.shows('web-all', { endpoints: [atParis, atLyon], stays: before });
    await editing(london, { cluster: 'paris', clusters: null });
    await london.shows('web-all', { endpoints: [atParis], counted: '1/1', stays: before });
  },

  'a cluster may call a port by another name': async (world) => {
    const { london, paris, lyon } = world;
    await paris.exports('web', { ports: ['http 80'], pods: [atParis] });
    await lyon.exports('web', { ports: ['web 80'], pods: [atLyon] });
    await london.mirrors('web').fromAll('paris', 'lyon');
    await london.shows('web-all', { endpoints: [atParis, atLyon] });
    const [port] = (await london.service('web-all')).spec.ports ?? [];
    for (const slice of await london.slices('web-all')) assert.equal(slice.ports?.[0]?.name, port?.name);
  },

  'a Service of London that is a mirror itself is no member': async (world) => {
    const { london } = world;
    await bothExport(world);
    await london.mirrors('web', { as: 'web' }).from('paris');
    await london.shows('web', { endpoints: [atParis] });
    await london.mirrors('web').fromAll('local', 'lyon');
    await london.shows('web-all', { endpoints: [atLyon], message: /local: .*itself a mirror/ });
  },

  'a mirror of several that is deleted takes its Service and the slices of all': async (world) => {
    const { london } = world;
    await bothExport(world);
    await london.mirrors('web').fromAll('paris', 'lyon');
    await london.shows('web-all', { endpoints: [atParis, atLyon] });
    await london.deletes(serviceMirrors, 'web-all');
    await london.lacks('web-all');
    assert.deepEqual(await london.slices('web-all'), []);
  },

  'clusters that make no sense are refused': async ({ london }) => {
    const refuses = (words: RegExp, ...clusters: Parameters<ReturnType<London['mirrors']>['fromAll']>) =>
      assert.rejects(london.mirrors('web').fromAll(...clusters), words);
    await refuses(/Duplicate|duplicate/, 'paris', 'paris');
    await refuses(/name at least one Link beside 'local'/, 'local');
    await refuses(/weight/, { name: 'paris', weight: -1 });
    assert.ok(await london.isGone(services, 'web-all'));
  },

  'a headless service is no member': async (world) => {
    const { london, lyon } = world;
    await bothExport(world);
    await lyon.loses('web');
    await lyon.exports('web', { spec: { clusterIP: 'None' }, pods: [atLyon] });
    await london.mirrors('web').fromAll('paris', 'lyon');
    const message = /lyon: .*a headless Service cannot be one of several/;
    await london.shows('web-all', { endpoints: [atParis], message });
  },
};
