import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aSlice, named, ownedBy } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import type { KubeObject } from '../api/objects.js';
import { wiring } from './wiring.js';

const hello = aMirror('hello-mirror');
const pod = aMirror('hello-0', named('hello-0'), ownedBy(hello));
const service = aService('hello', ownedBy(hello));
const slice = aSlice('hello', ownedBy(service));

/** What a change lets be suspected, while the caches have these objects. */
function suspected(
  objects: readonly KubeObject[],
  change: (table: ReturnType<typeof wiring>) => void,
  isOurs = true,
): string[] {
  const found: string[] = [];
  const { caches } = aFakeCluster(...objects);
  change(wiring(caches, someWiring({ suspect: (mirror) => found.push(mirror), isOurs: () => isOurs })));
  return found;
}

const type = 'deleted' as const;
const change: Readonly<Record<string, (table: ReturnType<typeof wiring>) => void>> = {
  'a Service': (table) => table.service({ type, object: service }),
  'a slice': (table) => table.slice({ type, object: slice }),
  'a mirror of a pod': (table) => table.mirror({ type, object: pod }),
};

describe('a mirror may be gone', () => {
  for (const [what, goes] of Object.entries(change)) {
    it(`when ${what} of it goes`, () => {
      assert.deepEqual([...new Set(suspected([hello, service], goes))], ['default/hello-mirror']);
      // its Service may have gone before the slice
      assert.deepEqual([...new Set(suspected([hello], goes))], ['default/hello-mirror']);
    });

    it(`and is not asked about when ${what} goes after it, or of a mirror of another replica's`, () => {
      assert.deepEqual(suspected([service], goes), []);
      assert.deepEqual(suspected([hello, service], goes, false), []);
    });
  }

  it('but not when something comes or changes', () => {
    const none = suspected([hello, service, slice], (table) => {
      table.service({ type: 'added', object: service });
      table.service({ type: 'updated', object: service, previous: service });
      table.slice({ type: 'added', object: slice });
      table.slice({ type: 'updated', object: slice, previous: slice });
      table.mirror({ type: 'added', object: pod });
    });
    assert.deepEqual(none, []);
  });

  it('and is forgotten when it has gone', () => {
    const forgotten: string[] = [];
    const { caches } = aFakeCluster(service);
    const forget = (memory: string, key = '') => void (memory === 'suspects' && forgotten.push(key));
    wiring(caches, someWiring({ forget })).mirror({ type, object: hello });
    assert.deepEqual(forgotten, ['default/hello-mirror']);
  });
});
