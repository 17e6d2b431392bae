import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { aRoot } from '../../test/gen/pki.js';
import { elements, inside, partsOf } from './der.js';

const hex = (text: string) => Buffer.from(text, 'hex');

const readable: Record<string, { der: string; tags: readonly number[] }> = {
  'no bytes': { der: '', tags: [] },
  'two elements': { der: '020101040161', tags: [2, 4] },
  'a length of two bytes': { der: `048180${'00'.repeat(128)}`, tags: [4] },
};
for (const [what, { der, tags }] of Object.entries(readable))
  test(`elements() reads ${what}`, () => {
    assert.deepEqual(
      elements(hex(der))?.map(({ tag }) => tag),
      tags,
    );
  });

for (const der of ['02', '0202ff', '0480', '0485000000000100', '04820001', '0201010401'])
  test(`elements() refuses ${der}`, () => assert.equal(elements(hex(der)), undefined));

test('inside() wants one sequence', () => {
  assert.equal(inside(hex('3003020101'))?.length, 1);
  for (const der of ['', '020101', '30003000']) assert.equal(inside(hex(der)), undefined);
});

test('partsOf() reads subject and extensions of a certificate', async () => {
  const certificate = new X509Certificate((await aRoot(new Date(), 'O=Example, CN=Root')).cert);
  const parts = partsOf(certificate);
  assert.match(parts?.subject.toString('latin1') ?? '', /Example.*Root/s);
  // basic constraints (RFC 5280 section 4.2.1.9)
  const basic = parts?.extensions.get('551d13');
  assert.deepEqual([basic?.critical, basic?.value.toString('hex')], [true, '30030101ff']);
});

test('partsOf() reads nothing of what is no certificate', () => {
  for (const raw of [hex(''), hex('3000'), Buffer.from('hello')]) assert.equal(partsOf({ raw }), undefined);
});
