import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster } from '../../test/gen/pki.js';
import { fingerprintOf, readCertificates } from '../pki/bundle.js';
import { readTrusts, writeTrusts } from './trusts.js';

describe('writeTrusts()', () => {
  it('names each CA of the bundle, and is read back', async () => {
    const [a, b] = await Promise.all([aCluster('a'), aCluster('b')]);
    const bundle = a.authority.ca + b.authority.ca;
    assert.deepEqual(readTrusts(writeTrusts(bundle)), readCertificates(bundle).map(fingerprintOf));
  });

  it('is empty for what is no bundle', () => assert.equal(writeTrusts('x'), ''));
});

const print = 'ab'.repeat(32);
const cases: Record<string, [string | string[] | undefined, string[]]> = {
  'no header': [undefined, []],
  'an empty one': ['', []],
  'upper case and spaces': [` ${print.toUpperCase()} , `, [print]],
  'what is no fingerprint': [`${print},abc,<script>`, [print]],
  'the same twice': [`${print},${print}`, [print]],
  'several headers': [[print], [print]],
};

describe('readTrusts()', () => {
  for (const [title, [value, prints]] of Object.entries(cases))
    it(`reads ${title}`, () => assert.deepEqual(readTrusts(value), prints));

  it('takes no more than a bundle may hold', () => {
    const many = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(64, '0'));
    assert.equal(readTrusts(many.join()).length, 32);
  });
});
