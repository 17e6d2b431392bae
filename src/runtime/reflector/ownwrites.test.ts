import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configMap } from '../../../test/gen/reflecting.js';
import type { KubeObject } from '../../api/objects.js';
import { createOwnWrites, type OwnWrites } from './ownwrites.js';

const at = (name: string, resourceVersion: string) => {
  const object = configMap(name);
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
};
const told = (objects: readonly { metadata: { name: string; resourceVersion?: string } }[]) =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();

const event = (name: string, resourceVersion: string) =>
  ({ type: 'MODIFIED', object: at(name, resourceVersion) }) as const;

/** Writes to an object, without an event meanwhile. */
function write(own: OwnWrites<KubeObject>, name: string, version: string) {
  own.begin(`default/${name}`);
  return own.end(`default/${name}`, at(name, version), '50').own !== undefined;
}

describe('own writes', () => {
  it('are newer than what a watch says from before them, until it has caught up', () => {
    const own = createOwnWrites();
    assert.equal(write(own, 'a', '100'), true);
    assert.equal(own.isBefore(at('a', '99')), true);
    assert.equal(own.isBefore(at('b', '99')), false);
    assert.equal(own.isBefore(at('a', '100')), false);
    // from now on it is the watch that knows
    assert.equal(own.isBefore(at('a', '99')), false);
  });

  it('are no news when the watch has passed them, or before there is a watch', () => {
    const own = createOwnWrites();
    assert.equal(write(own, 'a', '50'), false);
    own.begin('default/a');
    assert.deepEqual(own.end('default/a', at('a', '100'), undefined), {});
  });

  it('keep an event back until they are over', () => {
    const own = createOwnWrites();
    assert.equal(own.hold(event('a', '60')), false);
    own.begin('default/a');
    own.begin('default/a');
    assert.equal(own.hold(event('a', '60')), true);
    assert.equal(own.hold(event('a', '61')), true);
    assert.equal(own.hold(event('b', '62')), false);
    assert.deepEqual(own.end('default/a', undefined, '62'), {});
    assert.deepEqual(own.end('default/a', undefined, '62'), { event: event('a', '61') });
    assert.equal(own.hold(event('a', '63')), false);
  });

  it('come before an event that is newer, and in place of one that is older', () => {
    for (const [version, kept] of [
      ['59', false],
      ['60', true],
      ['61', true],
    ] as const) {
      const own = createOwnWrites();
      own.begin('default/a');
      own.hold(event('a', version));
      const ended = own.end('default/a', at('a', '60'), version);
      assert.equal(ended.own?.metadata.resourceVersion, '60');
      assert.equal(ended.event !== undefined, kept, version);
    }
  });

  it('complete a list that is older, and give way to one that is newer', () => {
    const own = createOwnWrites();
    write(own, 'a', '100');
    write(own, 'b', '90');
    assert.deepEqual(told(own.addTo([at('a', '80'), at('b', '94'), at('c', '70')], '95')), [
      'a@100',
      'b@94',
      'c@70',
    ]);
    assert.deepEqual(told(own.addTo([at('c', '70')], '100')), ['c@70']);
  });

  it('are no news when a list has come meanwhile that is newer', () => {
    const own = createOwnWrites();
    own.begin('default/a');
    own.hold(event('a', '60'));
    own.addTo([], '70');
    assert.deepEqual(own.end('default/a', at('a', '60'), '70'), {});
    own.begin('default/a');
    own.addTo([], '70');
    assert.ok(own.end('default/a', at('a', '80'), '70').own);
  });

  it('have a newest version while the watch has not reached it', () => {
    const own = createOwnWrites();
    assert.equal(own.newest, undefined);
    write(own, 'a', '100');
    write(own, 'b', '99');
    assert.equal(own.newest, '100');
    own.reached('99');
    assert.equal(own.newest, '100');
    own.reached('100');
    assert.equal(own.newest, undefined);
  });

  it('are forgotten when the server has gone back', () => {
    const own = createOwnWrites();
    write(own, 'a', '100');
    own.clear();
    assert.equal(own.isBefore(at('a', '50')), false);
  });
});
