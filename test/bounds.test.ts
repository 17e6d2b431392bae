import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../src/api/crd.js';
import { LinkStatus, maxUid, maxVersion } from '../src/api/linkstatus.js';
import { schemaOf } from '../src/chart/schema.js';
import { maxBundle } from '../src/pki/bundle.js';
import { maxAddresses } from '../src/protocol/identity.js';
import { writeAddress } from '../src/net/address.js';

/** The schema of a field of a Link's status, as in `peer.uid`. */
function fieldOf(path: string): Schema {
  return path.split('.').reduce<Schema>((schema, name) => {
    const below = name === '*' ? schema.items : schema.properties?.[name];
    assert.ok(below, `there is no status.${path}`);
    return below;
  }, schemaOf(LinkStatus));
}

const longestHost = writeAddress({ host: 'h'.repeat(253), port: 65_535 });

// What is taken from another cluster at most, and the field that has to hold it: the API server refuses a status whole.
const cases: Record<string, readonly [path: string, bound: 'maxLength' | 'maxItems', most: number]> = {
  'the version of the remote API server': ['remoteVersion', 'maxLength', maxVersion],
  'the UID of the remote cluster': ['peer.uid', 'maxLength', maxUid],
  'the name of the peer': ['peer.cluster', 'maxLength', 50],
  'the fingerprints of its bundle': ['peer.caFingerprints', 'maxItems', maxBundle],
  'one fingerprint': ['peer.caFingerprints.*', 'maxLength', 64],
  'its addresses': ['gateway.addresses', 'maxItems', maxAddresses],
  'one address': ['gateway.addresses.*', 'maxLength', longestHost.length],
  'the addresses in one line': ['gateway.display', 'maxLength', `${longestHost} +${maxAddresses}`.length],
};

describe('the status of a Link', () => {
  for (const [what, [path, bound, most]] of Object.entries(cases))
    it(`has room for ${what}`, () => {
      assert.ok((fieldOf(path)[bound] ?? 0) >= most, `${path}: ${bound} is ${fieldOf(path)[bound]}`);
    });
});
