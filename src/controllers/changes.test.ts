import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, annotated, holding, named, served } from '../../test/gen/gen.js';
import { keys } from '../api/names.js';
import { egressPorts, isNew, isOwnStatus, samePermit } from './changes.js';

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

  it('of the permission to delete are told from others', () => {
    const permitted = aLink('paris', annotated({ [keys.allowDeletionsUntil]: '2026-01-01T00:00:00Z' }));
    assert.equal(samePermit(undefined, aLink('paris')), true);
    assert.equal(samePermit(undefined, permitted), false);
    assert.equal(samePermit(aLink('paris', annotated({ note: 'x' })), aLink('paris')), true);
  });
});
