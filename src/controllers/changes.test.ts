import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, annotated, holding, importing, named, ownedBy, served } from '../../test/gen/gen.js';
import { keys } from '../api/names.js';
import { egressPorts, isNew, isOwnStatus, sameMirror, samePermit, sameSelection } from './changes.js';

const mirror = aMirror();

describe('changes', () => {
  it('of a mirror without conditions are those of a new one', () => {
    assert.deepEqual([isNew(mirror), isNew(aMirror('old', served)), isNew(undefined)], [true, false, false]);
  });

  it('that answer our own write of a status leave the spec', () => {
    const own = true as const;
    const status = aMirror('hello-mirror', served);
    assert.equal(isOwnStatus({ type: 'updated', object: status, previous: mirror, own }), true);
    assert.equal(isOwnStatus({ type: 'updated', object: status, previous: mirror }), false);
    assert.equal(isOwnStatus({ type: 'added', object: mirror, own }), false);
    const other = aMirror('hello-mirror', named('else'));
    assert.equal(isOwnStatus({ type: 'updated', object: other, previous: mirror, own }), false);
  });

  it('of egress ports are seen with the service to which they lead', () => {
    const at = (port: number) => egressPorts(aMirror('m', holding({ 80: port })));
    assert.deepEqual(at(10_000), at(10_000));
    assert.notDeepEqual(at(10_000), at(10_001));
    assert.deepEqual(egressPorts(undefined), []);
    assert.deepEqual(egressPorts(mirror), []);
  });

  it('of what a Link selects are told from other changes', () => {
    const selector = { matchLabels: { team: 'a' } };
    const link = (more: object) => aLink('paris', importing({ automatic: true, selector, ...more }));
    assert.equal(sameSelection(link({}), link({ nameTemplate: 'x-{service}', metadata: 'All' })), true);
    for (const more of [
      ...[{ automatic: false }, { selector: {} }, { remoteNamespaces: ['shop'] }],
      ...[{ federated: {} }, { federated: { selector } }],
    ])
      assert.equal(sameSelection(link({}), link(more)), false);
    assert.equal(sameSelection(aLink('paris'), link({ automatic: false, selector: undefined })), true);
  });

  it('of an automatic mirror are told from those of its status', () => {
    assert.equal(sameMirror(mirror, aMirror('hello-mirror', served)), true);
    assert.equal(sameMirror(undefined, mirror), false);
    for (const change of [named('else'), ownedBy(aLink('paris')), annotated({ [keys.remoteService]: 'a/b' })])
      assert.equal(sameMirror(mirror, aMirror('hello-mirror', change)), false);
  });

  it('of the permission to delete are told from others', () => {
    const permitted = aLink('paris', annotated({ [keys.allowDeletionsUntil]: '2026-01-01T00:00:00Z' }));
    assert.equal(samePermit(undefined, aLink('paris')), true);
    assert.equal(samePermit(undefined, permitted), false);
    assert.equal(samePermit(aLink('paris', annotated({ note: 'x' })), aLink('paris')), true);
  });
});
