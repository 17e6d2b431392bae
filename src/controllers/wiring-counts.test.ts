import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, holding, of } from '../../test/gen/gen.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { someWiring } from '../../test/gen/wiring.js';
import { localCluster } from '../api/backends.js';
import { createMirrorKeys } from './mirrorkeys.js';
import { countLag, firstRouteLag } from './queues.js';
import { wiring } from './wiring.js';

const many = Array.from({ length: 50 }, (_, n) => aLink(`paris-${n}`));

/** When the key of that Link comes up (ms) in queue `links`, among many Links. */
function lagOf(
  link: string,
  { change, isRead = true }: { change: (table: ReturnType<typeof wiring>) => void; isRead?: boolean },
) {
  const lags: (number | undefined)[] = [];
  const options = someWiring({
    wake: (queue, key, { afterMs } = {}) => queue === 'links' && key === link && lags.push(afterMs),
    isRead: () => isRead,
  });
  change(wiring(aFakeCluster(...many).caches, options));
  return lags;
}

const added = (link: string) => (table: ReturnType<typeof wiring>) =>
  table.mirror({ type: 'added', object: aMirror('hello', of(link, 'default/hello')) });

describe('wiring() of many Links', () => {
  it('counts mirrors late', () => {
    assert.deepEqual(lagOf('paris-7', { change: added('paris-7') }), [countLag(50)]);
    assert.ok(countLag(50) > countLag(1));
  });

  it('reads a Link, and this cluster, for its first mirror as if there were one', () => {
    const change = added('paris-7');
    assert.deepEqual(lagOf('paris-7', { change, isRead: false }), [countLag(1)]);
    assert.deepEqual(lagOf(localCluster, { change: added(localCluster) }), [countLag(1)]);
  });

  it('tells that mirrors are held as if there were one', () => {
    assert.deepEqual(lagOf('paris-7', { change: (table) => table.held('paris-7') }), [countLag(1)]);
  });
});

describe('routeLag()', () => {
  it('is none for a mirror that is not there', () => {
    const fake = aFakeCluster(aMirror('hello', holding({ 80: 10_000 })));
    const { routeLag } = createMirrorKeys(fake.caches);
    assert.deepEqual(['default/hello', 'default/gone'].map(routeLag), [{ afterMs: firstRouteLag }, {}]);
  });
});
