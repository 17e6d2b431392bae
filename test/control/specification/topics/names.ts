import assert from 'node:assert/strict';
import { endpointSlices, serviceMirrors, services } from '../../../../src/api/resources.js';
import {
  aMirror,
  aService,
  aSlice,
  endpoint,
  inNamespace,
  labelled,
  metadata,
  named,
  of,
  port,
} from '../../../gen/gen.js';
import { asWritten } from '../../../driver/written.js';
import type { Cases, World } from '../world.js';

/** A Service of somebody else that has the name which a mirror wants, with a slice; nothing of it changes in a case. */
async function foreign({ london, paris }: World, labels: Readonly<Record<string, string>> = {}) {
  await paris.exports('web');
  const [service, slice] = [
    aService('web-paris', port(8080), labelled(labels)),
    aSlice('web-paris', endpoint('10.8.0.1')),
  ];
  await london.applies(service, slice);
  return london.leaves(service, slice);
}

/** Whose a name is, and that nothing of others is touched. */
export const names: Cases = {
  'a Service of somebody else keeps its name, untouched': async (world) => {
    const { london, paris } = world;
    const theirs = await foreign(world);
    await theirs.as(async () => {
      await london.mirrors('web').from('paris');
      await london.tells(
        'web-paris',
        'Ready=False/NameConflict',
        /delete or rename it, or make a mirror with/,
      );
      assert.deepEqual((await london.get(serviceMirrors, 'web-paris')).status?.service, undefined);
      await london.writes([], () => paris.runs('web', '10.9.0.2'));
      await london.deletes(serviceMirrors, 'web-paris');
      await london.writes([], async () => undefined);
    });
  },

  'a Service that only carries our labels is somebody else’s': async (world) => {
    const { london } = world;
    const ours = {
      'app.kubernetes.io/managed-by': 'service-mirror',
      'linkerd.io/service-mirror': 'web-paris',
    };
    const theirs = await foreign(world, ours);
    await theirs.as(async () => {
      await london.mirrors('web').from('paris');
      await london.tells('web-paris', 'Ready=False/NameConflict', /that is not this mirror's/);
    });
  },

  'a name that becomes free is taken at once': async (world) => {
    const { london } = world;
    await foreign(world);
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/NameConflict', /already exists/);
    await london.deletes(endpointSlices, 'web-paris-abc12');
    await london.deletes(services, 'web-paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a Service that is being deleted and is held is waited for': async ({ london, paris }) => {
    await paris.exports('web');
    const finalizers = ['example.com/held'];
    await london.applies(aService('web-paris', port(8080), metadata({ finalizers })));
    await london.deletes(services, 'web-paris');
    await london.mirrors('web').from('paris');
    const words = /is being deleted, and is held by finalizer example.com\/held; the mirror makes its own/;
    await london.tells('web-paris', 'Ready=False/Pending', words);
    await london.edits(services, 'web-paris', { metadata: { finalizers: null } });
    await london.shows('web-paris', { ports: ['80'], endpoints: ['10.9.0.1'] });
  },

  'a mirror that is given another name does not get it': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const renamed = aMirror('web-paris', of('paris', `${name}/web`), named('other'));
    await assert.rejects(london.applies(renamed), /immutable|cannot be changed/);
  },

  'of two mirrors that want one name the first has it, and the other when that goes': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await paris.exports('shop', { pods: ['10.9.0.2'] });
    await london.applies(aMirror('first', of('paris', `${name}/web`), named('front')));
    await london.hasEndpoints('front', '10.9.0.1');
    await london.applies(aMirror('second', of('paris', `${name}/shop`), named('front')));
    await london.tells('second', 'Ready=False/NameConflict', /belongs to ServiceMirror "first"/);
    await london.deletes(serviceMirrors, 'first');
    await london.tells('second', 'Ready=True', /1 of 1/);
    await london.hasEndpoints('front', '10.9.0.2');
  },

  'a Service that somebody takes from its mirror is theirs from then on': async (world) => {
    const { london, paris } = world;
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const taken = await london.edits(services, 'web-paris', { metadata: { ownerReferences: null } });
    await london.tells('web-paris', 'Ready=False/NameConflict', /is not this mirror's/);
    await london.deletes(serviceMirrors, 'web-paris');
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/NameConflict', /is not this mirror's/);
    assert.deepEqual(await london.service('web-paris'), taken);
  },

  'slices that others add to a mirror stay when it changes and when it goes': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const managed = labelled({ 'endpointslice.kubernetes.io/managed-by': 'service-mirror' });
    const theirs = aSlice('web-paris', endpoint('10.8.0.1'), managed);
    await london.applies(theirs);
    await london.leaves(theirs).as(async () => {
      await paris.runs('web', '10.9.0.2');
      await london.hasEndpoints('web-paris', '10.8.0.1', '10.9.0.2');
      await london.deletes(serviceMirrors, 'web-paris');
      await london.lacks('web-paris');
    });
  },

  'a mirror goes slices first, then its Service': async ({ london, paris }) => {
    const pods = Array.from({ length: 250 }, (_, n) => `10.9.1.${n}`);
    await paris.exports('web', { pods });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: pods });
    const [service, slices] = ['delete services web-paris', 'delete endpointslices web-paris-mirror-ipv4-'];
    const gone = await london.written(() => london.deletes(serviceMirrors, 'web-paris'), [service]);
    await london.lacks('web-paris');
    assert.deepEqual(
      gone.slice(0, 3).toSorted(),
      ['0', '1', '2'].map((n) => slices + n),
    );
    assert.deepEqual(gone.slice(3), [service]);
  },

  'a mirror may have a name longer than a label': async ({ london, paris, name }) => {
    const long = `${'m'.repeat(60)}.${'n'.repeat(60)}.${'o'.repeat(60)}`;
    await paris.exports('web');
    await london.applies(aMirror(long, of('paris', `${name}/web`), named('front')));
    await london.tells(long, 'Ready=True', /1 of 1/);
    const label = (await london.service('front')).metadata.labels?.['linkerd.io/service-mirror'] ?? '';
    assert.match(label, /^m{54}-[0-9a-f]{8}$|^m+-[0-9a-f]{8}$/);
    assert.ok(label.length <= 63);
  },

  'services of one name in two namespaces have mirrors of one name in two namespaces': async (world) => {
    const { london, paris, name } = world;
    const other = await world.elsewhere(`${name}-other`);
    await paris.exports('web');
    await other.paris.exports('web', { pods: ['10.9.0.2'] });
    await london.mirrors('web').from('paris');
    await other.london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
    await other.london.shows('web-paris', { endpoints: ['10.9.0.2'] });
    await other.london.deletes(serviceMirrors, 'web-paris');
    await other.london.lacks('web-paris');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'of two Links whose templates give one name the first has it, and the other when it is free': async (
    world,
  ) => {
    const { london, paris, name } = world;
    await london.linksAutomatically(`a-${name}`);
    await paris.exports('web');
    await london.shows(`web-a-${name}`, { endpoints: ['10.9.0.1'] });
    await london.linksAutomatically(name);
    await paris.exports('web-a', { pods: ['10.9.0.2'] });
    await london.linkCounts(name, { mirrors: 1, reasons: 'NameConflict 1' });
    await london.shows(`web-a-${name}`, { endpoints: ['10.9.0.1'] });
    await paris.loses('web');
    await london.shows(`web-a-${name}`, { endpoints: ['10.9.0.2'] });
    await london.linkCounts(name, { mirrors: 1 });
  },

  'a Service that is made in the same moment is nobody’s but its maker’s': async ({
    london,
    paris,
    name,
  }) => {
    const all = Array.from({ length: 5 }, (_, n) => `web-${n}`);
    for (const each of all) await paris.exports(each);
    const theirs = (each: string) => asWritten(aService(each, port(81), inNamespace(name)), name);
    const made = await Promise.all(
      all.map(async (each) => {
        const [, their] = await Promise.allSettled([
          london.creates(aMirror(each, of('paris', `${name}/${each}`))),
          london.creates(theirs(each)),
        ]);
        return their.status === 'fulfilled';
      }),
    );
    for (const [n, each] of all.entries()) {
      await london.tells(each, made[n] ? 'Ready=False/NameConflict' : 'Ready=True', /./);
      assert.equal((await london.service(each)).metadata.ownerReferences === undefined, made[n]);
    }
  },
};
