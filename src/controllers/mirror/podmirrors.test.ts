import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFakeCluster } from '../../../test/gen/cluster.js';
import { aMirror, aService, metadata, named, of, ofPod, ownedBy } from '../../../test/gen/gen.js';
import { aPodSlice } from '../../../test/gen/pods.js';
import { readPods } from './podmirrors.js';

const mirror = aMirror('db', of('paris', 'default/db'), named('db-paris'));
const child = (hostname: string, owner = mirror) => {
  const name = `db-paris-${hostname}`;
  return aMirror(name, ofPod('paris', 'default/db', hostname), named(name), ownedBy(owner));
};
const earlier = aMirror('db', metadata({ uid: 'an-earlier-one' }));

test('readPods() finds what there is for each host name, and what is left of one that is gone', () => {
  const made = child('db-0');
  const fake = aFakeCluster(
    ...[mirror, made, child('db-9'), aMirror('db-paris-db-1'), child('db-2', earlier)],
    ...[aService('db-paris-db-0', ownedBy(made)), aService('db-paris-db-9')],
  );
  const slices = [
    aPodSlice(
      'db',
      ['db-0', 'db-1', 'db-2', 'db-3'].map((name) => [name, '10.1.0.1'] as const),
    ),
  ];
  const found = readPods({ mirror, remote: { synced: true, slices } }, fake.caches);
  assert.deepEqual(
    found.map((pod) => [
      pod.hostname,
      ...(pod.mirror ? ['mirror'] : []),
      ...(pod.service ? ['service'] : []),
      ...(pod.isTaken ? ['taken'] : []),
      ...(pod.isThere ? [] : ['gone']),
    ]),
    [
      ['db-0', 'mirror', 'service'],
      ['db-1', 'taken'],
      ['db-2', 'taken'],
      ['db-3'],
      ['db-9', 'mirror', 'gone'],
    ],
  );
});
