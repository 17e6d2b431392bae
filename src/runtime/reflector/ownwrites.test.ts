import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configMap } from '../../../test/gen/reflecting.js';
import { createOwnWrites } from './ownwrites.js';

const at = (name: string, resourceVersion: string) => {
  const object = configMap(name);
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
};
const told = (objects: readonly { metadata: { name: string; resourceVersion?: string } }[]) =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();

describe('own writes', () => {
  it('are newer than what a watch says from before them, until it has caught up', () => {
    const own = createOwnWrites();
    own.note(at('a', '100'));
    assert.equal(own.isBefore(at('a', '99')), true);
    assert.equal(own.isBefore(at('b', '99')), false);
    assert.equal(own.isBefore(at('a', '100')), false);
    // from now on it is the watch that knows
    assert.equal(own.isBefore(at('a', '99')), false);
  });

  it('complete a list that is older, and give way to one that is newer', () => {
    const own = createOwnWrites();
    own.note(at('a', '100'));
    own.note(at('b', '90'));
    assert.deepEqual(told(own.addTo([at('a', '80'), at('b', '94'), at('c', '70')], '95')), [
      'a@100',
      'b@94',
      'c@70',
    ]);
    assert.deepEqual(told(own.addTo([at('c', '70')], '100')), ['c@70']);
  });

  it('have a newest version while the watch has not reached it', () => {
    const own = createOwnWrites();
    assert.equal(own.newest, undefined);
    own.note(at('a', '100'));
    own.note(at('b', '99'));
    assert.equal(own.newest, '100');
    own.reached('99');
    assert.equal(own.newest, '100');
    own.reached('100');
    assert.equal(own.newest, undefined);
  });

  it('are forgotten when the server has gone back', () => {
    const own = createOwnWrites();
    own.note(at('a', '100'));
    own.clear();
    assert.equal(own.isBefore(at('a', '50')), false);
  });
});
