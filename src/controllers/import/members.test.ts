import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aFakeCluster, aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { aLink, aNamespace, aService, importing, labelled } from '../../../test/gen/gen.js';
import { keys } from '../../api/names.js';
import { createMembers } from './members.js';

const key = '|default/web';
const place = { key, namespace: 'default', name: 'default/web-federated' };
const web = aService('web', labelled({ [keys.federated]: 'member' }));
const federates = (name: string, imports: object = {}) =>
  aLink(name, importing({ federated: {}, ...imports }));

/** London, whose Links lead to a cluster that has a member, to one without, and to one that was not read. */
function london(): FakeCluster {
  const shut = federates('rome', { namespaces: { matchLabels: { team: 'a' } } });
  const fake = aFakeCluster(
    ...[aNamespace(), aLink('other'), shut],
    ...['paris', 'lyon', 'berlin'].map((name) => federates(name)),
  );
  for (const [name, services] of [
    ...([
      ['paris', [web]],
      ['rome', [web]],
    ] as const),
    ...([
      ['lyon', [aService('web')]],
      ['other', [web]],
    ] as const),
  ])
    fake.remotes.clusters.set(name, aRemote({ services }));
  return fake;
}

describe('createMembers()', () => {
  it('reads which clusters have a member, which have none, and which cannot be seen', () => {
    const { candidates, again } = createMembers(london()).read(key, undefined);
    const found = candidates.map(
      ({ cluster, is, mayBeHere }) => `${cluster} ${is}${mayBeHere ? '' : ', shut'}`,
    );
    assert.deepEqual(found.toSorted(), [
      ...['berlin unknown', 'local none', 'lyon none', 'paris member', 'rome member, shut'],
    ]);
    assert.equal(again, undefined);
  });

  it('notes of each Link with a member that there is no mirror, and tells one', () => {
    const fake = london();
    const members = createMembers(fake);
    const { candidates } = members.read(key, undefined);
    members.none(place, candidates, 'NameConflict');
    const counts = () => ['paris', 'rome', 'lyon', 'other'].map((link) => fake.unmade.counts(link));
    assert.deepEqual(counts(), [{ NameConflict: 1 }, { NameConflict: 1 }, {}, {}]);
    assert.deepEqual(fake.told, ['Warning NameConflict']);
    assert.deepEqual(fake.unmade.waitingFor(place.name), [key]);
    members.made(place, candidates, [{ cluster: 'rome', why: 'NamespaceNotAllowed' }]);
    assert.deepEqual(counts(), [{}, { NamespaceNotAllowed: 1 }, {}, {}]);
    assert.deepEqual(fake.told.slice(1), ['Warning NamespaceNotAllowed']);
    assert.deepEqual(fake.unmade.waitingFor(place.name), [key]);
  });

  it('forgets what it noted of a Link that federates no more, and keeps it while the cluster cannot be seen', () => {
    const fake = london();
    const members = createMembers(fake);
    members.none(place, members.read(key, undefined).candidates, 'NameConflict');
    fake.remotes.clusters.get('paris')!.synced = false;
    fake.put(aLink('rome'));
    members.none(place, members.read(key, undefined).candidates, undefined);
    assert.deepEqual(fake.unmade.counts('paris'), { NameConflict: 1 });
    assert.deepEqual(fake.unmade.counts('rome'), {});
  });
});
