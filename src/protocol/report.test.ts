import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { maxBundle } from '../pki/bundle.js';
import { WrongAnswerError } from '../net/probe/failure.js';
import { serviceIdOf } from './serviceid.js';
import { maxAddresses } from './identity.js';
import { decodeReport, largestReport, maxServiceIds, type PeerReport } from './report.js';

const report: PeerReport = {
  ...{ protocol: 2, cluster: 'paris', uid: 'uid-paris', serviceIds: ['s-1'], caFingerprints: ['ab'] },
  addresses: [{ host: '203.0.113.7', port: 4143 }],
};
const many = <T>(length: number, value: T): T[] => Array.from({ length }, () => value);
const address = { host: '203.0.113.7', port: 4143 };
const serviceId = serviceIdOf({ namespace: 'shop', name: 'web', port: 80 });

test('decodeReport() leaves out what is no part of a report', () => {
  const address = { host: 'gw.example', port: 4143, extra: many(1_000, []) };
  assert.deepEqual(decodeReport(JSON.stringify({ ...report, addresses: [address], extra: 1 })), {
    ...report,
    addresses: [{ host: 'gw.example', port: 4143 }],
  });
});

test('a report with all that it may tell of fits the bytes that are taken, and 10,000 service IDs a quarter of them', () => {
  const largest = {
    ...{
      protocol: 2,
      cluster: 'c'.repeat(253),
      uid: 'u'.repeat(253),
      serviceIds: many(maxServiceIds, serviceId),
    },
    caFingerprints: many(maxBundle, 'f'.repeat(64)),
    addresses: many(maxAddresses, { host: 'h'.repeat(253), port: 65_535 }),
  };
  const text = JSON.stringify(largest);
  assert.ok(text.length <= largestReport, `${text.length} bytes`);
  assert.deepEqual(decodeReport(text), largest);
  assert.ok(JSON.stringify({ ...report, serviceIds: many(10_000, serviceId) }).length <= largestReport / 4);
});

const refused: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, RegExp]>> = {
  'more service IDs than may be': [
    { serviceIds: many(maxServiceIds + 1, serviceId) },
    /40001 service IDs, at most 40000/,
  ],
  'a service ID that is too long': [{ serviceIds: ['x'.repeat(64)] }, /something else than a report/],
  'more CAs than a bundle holds': [{ caFingerprints: many(maxBundle + 1, 'ab') }, /something else/],
  'a fingerprint that is too long': [{ caFingerprints: ['a'.repeat(65)] }, /something else/],
  'more addresses than may be': [{ addresses: many(maxAddresses + 1, address) }, /something else/],
  'addresses that are none': [{ addresses: [[], {}, null] }, /something else/],
  'a cluster with an endless name': [{ cluster: 'c'.repeat(254) }, /names no cluster/],
  'an endless UID': [{ uid: 'u'.repeat(254) }, /names no cluster/],
};
for (const [title, [fields, message]] of Object.entries(refused)) {
  test(`decodeReport() refuses ${title}`, () => {
    assert.throws(
      () => decodeReport(JSON.stringify({ ...report, ...fields })),
      (error: unknown) => {
        assert.ok(error instanceof WrongAnswerError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

describe('whatever a peer writes as a report', () => {
  /** Reads it: a report that is read again as the same, or an error of one kind. */
  function judge(text: string): void {
    try {
      const report = decodeReport(text);
      assert.deepEqual(decodeReport(JSON.stringify(report)), report);
    } catch (error) {
      if (!(error instanceof WrongAnswerError)) throw error;
    }
  }

  test('is read, or refused: bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => judge(Buffer.from(bytes).toString())),
    );
  });

  test('is read, or refused: JSON', () => {
    fc.assert(fc.property(fc.json(), judge));
  });

  test('is read, or refused: a report with one field that is anything', () => {
    const field = fc.constantFrom(...Object.keys(report));
    fc.assert(
      fc.property(field, fc.jsonValue(), (key, value) => judge(JSON.stringify({ ...report, [key]: value }))),
    );
  });
});
