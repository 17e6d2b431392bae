import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { aLink, spec } from '../../test/gen/gen.js';
import { anInvitation } from '../../test/gen/invitations.js';
import { someWiring } from '../../test/gen/wiring.js';
import { wiring } from './wiring.js';

const key = 'invitations london-4f2a9c1e';

/** Which invitations are woken. */
function woken(change: (table: ReturnType<typeof wiring>) => void): string[] {
  const found: string[] = [];
  const { caches } = aFakeCluster(anInvitation());
  change(
    wiring(
      caches,
      someWiring({ wake: (queue, name) => void (queue === 'invitations' && found.push(`${queue} ${name}`)) }),
    ),
  );
  return [...new Set(found)];
}

test('an invitation that was made or redeemed is looked at, but not after our own write', () => {
  const change = { type: 'added', object: anInvitation() } as const;
  assert.deepEqual(
    woken((table) => table.invitation(change)),
    [key],
  );
  assert.deepEqual(
    woken((table) => table.invitation({ ...change, own: true })),
    [],
  );
});

test('a Link that comes, goes or changes its spec wakes them, since its name or its peer may be free now', () => {
  const object = aLink('london');
  const other = aLink('london', spec({ exports: { all: true, allowSelectorless: false } }));
  assert.deepEqual(
    woken((table) => table.link({ type: 'added', object })),
    [key],
  );
  assert.deepEqual(
    woken((table) => table.link({ type: 'deleted', object })),
    [key],
  );
  assert.deepEqual(
    woken((table) => table.link({ type: 'updated', object, previous: other })),
    [key],
  );
  assert.deepEqual(
    woken((table) => table.link({ type: 'updated', object, previous: object })),
    [],
  );
});

test('a new leader looks at all', () => {
  assert.deepEqual(
    woken((table) => table.everything()),
    [key],
  );
});
