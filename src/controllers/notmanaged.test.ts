import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap } from '../../test/gen/gen.js';
import { keys, managedBy, ownNames } from '../api/names.js';
import { isTaken, notManaged } from './notmanaged.js';

const labelled = (value: string) =>
  aConfigMap(ownNames.peers, {}, (draft) => (draft.metadata.labels = { [keys.managedBy]: value }));

describe('isTaken()', () => {
  it('is about the label alone, and about nothing that is not there', () => {
    assert.equal(isTaken(undefined), false);
    assert.equal(isTaken(labelled(managedBy)), false);
    assert.equal(isTaken(labelled('flux')), true);
    assert.equal(isTaken(aConfigMap(ownNames.peers, {})), true);
  });
});

describe('notManaged()', () => {
  for (const [name, still] of [
    [ownNames.identity, /peers learn of no new certificate or address/],
    [ownNames.peers, /gateways learn of no peer/],
    [ownNames.callers, /does not hear whether peers that only call have followed/],
  ] as const)
    it(`says of ${name} what stands still and which command mends it`, () => {
      const about = aConfigMap(name, {});
      const warned = notManaged(about);
      assert.equal(warned.about, about);
      assert.match(warned.message, still);
      assert.ok(
        warned.message.endsWith(
          `kubectl label --overwrite -n service-mirror configmap ${name} app.kubernetes.io/managed-by=service-mirror`,
        ),
      );
    });
});
