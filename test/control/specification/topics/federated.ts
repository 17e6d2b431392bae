import assert from 'node:assert/strict';
import { keys } from '../../../../src/api/names.js';
import { serviceMirrors, services } from '../../../../src/api/resources.js';
import { messageOf } from '../../../driver/conditions.js';
import { aService, port } from '../../../gen/gen.js';
import { exportLabel } from '../paris.js';
import type { Cases } from '../world.js';

const labels = { [keys.federated]: 'member' };
const [own, atParis, atLyon] = ['10.0.0.1', '10.1.0.1', '10.2.0.1'];
const paris = { labels, pods: [atParis] };
const lyon = { labels, pods: [atLyon] };
const name = 'web-federated';

/** Mirrors of the Services of one name that clusters label as members of one; all Links federate. */
export const federated: Cases = {
  'Services that are labelled as members are one mirror, in any number of clusters': async (world) => {
    const { london } = world;
    await world.paris.exports('web', paris);
    const before = await london.shows(name, { counted: 'paris 1/1' });
    await world.lyon.exports('web', lyon);
    await london.shows(name, { counted: 'paris 1/1, lyon 1/1', stays: before });
    await world.here.exports('web', { labels, pods: [own] });
    await london.shows(name, { counted: 'paris 1/1, lyon 1/1, local 1/1', stays: before });
    await world.paris.changes('web', { metadata: { labels: { [keys.federated]: null } } });
    await london.shows(name, { counted: 'lyon 1/1, local 1/1', stays: before });
  },

  'the last member takes the mirror with it': async (world) => {
    const { london } = world;
    await world.paris.exports('web', paris);
    await london.shows(name);
    await world.paris.loses('web');
    await london.lacks(name);
  },

  'members that are all gone at once keep their mirrors until somebody lets them go': async (world) => {
    const { london, paris, name: link } = world;
    const all = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    const federated = { selector: { matchLabels: { [exportLabel]: link } } };
    await london.links(link, { imports: { federated, remoteNamespaces: [link] } });
    for (const each of all) await paris.exports(each);
    for (const each of all) await london.shows(`${each}-federated`);
    await london.linkCounts(link, { mirrors: 11 });
    await paris.kubectl('delete', 'services', '-n', link, '--all');
    const told = messageOf(await london.linkSays(link, 'Ready=False/DeletionHeld'));
    assert.notDeepEqual(await london.list(serviceMirrors), []);
    const [command = ''] = /kubectl .*$/.exec(told) ?? [];
    await london.kubectl(...command.split(' ').slice(1));
    await london.hasMirrors();
    await london.linkCounts(link, { mirrors: 0 });
  },

  'a Service of somebody else that has the name stays untouched, until it goes': async (world) => {
    const { london } = world;
    const theirs = aService(name, port(8080));
    await london.applies(theirs);
    await london.leaves(theirs).as(async () => {
      await world.paris.exports('web', paris);
      await london.tells(name, 'Ready=False/NameConflict', /is not this mirror's/);
      await world.paris.loses('web');
      await london.hasMirrors();
    });
    await london.deletes(services, name);
    await world.paris.exports('web', paris);
    await london.shows(name, { endpoints: [atParis] });
  },

  'a change of a member writes what is of its cluster': async (world) => {
    const { london } = world;
    await world.paris.exports('web', paris);
    await london.shows(name, { endpoints: [atParis] });
    const [slice] = await london.slices(name);
    const lines = [`patch endpointslices ${slice?.metadata.name}`];
    await london.writes(lines, () => world.paris.runs('web', '10.1.0.2'));
    assert.equal((await london.get(serviceMirrors, name)).spec.clusters?.length, 1);
  },
};
