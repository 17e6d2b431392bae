import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aSlice, holding, named, ownedBy } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import { wiring } from './wiring.js';

const hello = aMirror('hello-mirror');
const rival = aMirror('rival', named('hello'));
const service = aService('hello', ownedBy(hello));
const slice = aSlice('hello', ownedBy(service));

/** What a change wakes. */
function woken(change: (table: ReturnType<typeof wiring>) => void): string[] {
  const found = new Set<string>();
  const { caches } = aFakeCluster(hello, rival, service, slice);
  const wake = (queue: string, key: string) => found.add(`${queue} ${key}`);
  change(wiring(caches, someWiring({ wake })));
  return [...found].toSorted();
}

const own = true as const;
const mine = (...queues: string[]) => queues.map((queue) => `${queue} default/hello-mirror`);
/** It is new, and takes one step after the other. */
const theirs = ['services default/rival'];

describe('the answer to our own write', () => {
  it('of a status wakes the count of the Link alone', () => {
    const object = aMirror('hello-mirror', (mirror) => {
      mirror.status = { endpoints: { ready: 1, total: 1, display: '1/1' } };
    });
    const change = { type: 'updated', object, previous: hello, own } as const;
    assert.deepEqual(
      woken((table) => table.mirror(change)),
      ['links paris'],
    );
  });

  it('of a status with another egress port wakes the slices, too', () => {
    const object = aMirror('hello-mirror', holding({ 80: 10_000 }));
    const change = { type: 'updated', object, previous: hello, own } as const;
    assert.deepEqual(
      woken((table) => table.mirror(change)),
      [...mine('endpoints'), 'links paris'],
    );
    const same = { ...change, previous: aMirror('hello-mirror', holding({ 80: 10_000 })) };
    assert.deepEqual(
      woken((table) => table.mirror(same)),
      ['links paris'],
    );
  });

  it('of a new Service wakes its slices, and who else wants the name', () => {
    assert.deepEqual(
      woken((table) => table.service({ type: 'added', object: service, own })),
      [...mine('endpoints'), ...theirs].toSorted(),
    );
  });

  it('of a changed Service wakes its slices', () => {
    assert.deepEqual(
      woken((table) => table.service({ type: 'updated', object: service, previous: service, own })),
      mine('endpoints'),
    );
  });

  it('of a slice wakes nobody: the status follows when its writer is done', () => {
    assert.deepEqual(
      woken((table) => table.slice({ type: 'added', object: slice, own })),
      [],
    );
  });
});
