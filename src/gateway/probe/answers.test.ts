import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerReport } from '../../protocol/report.js';
import { createAnswers, maxReports, type PeerAnswer } from './answers.js';

const report = (...serviceIds: string[]): PeerReport => {
  return {
    protocol: 2,
    cluster: 'paris',
    uid: 'u',
    serviceIds,
    caFingerprints: ['ab'],
    addresses: [],
  };
};
const answer = (digest: string, etag = `"${digest}"`): PeerAnswer => ({
  etag,
  digest,
  report: report(digest),
});

/** Answers of as many addresses as there may be different reports. */
function full() {
  const answers = createAnswers();
  for (let n = 0; n < maxReports; n++) answers.take(`${n}`, answer(`r${n}`));
  return answers;
}

test('addresses that tell the same have one report between them, each with its own tag', () => {
  const answers = createAnswers();
  const first = answers.take('a', answer('r', '"1"'));
  const second = answers.take('b', answer('r', '"2"'));
  assert.equal(first.report, second.report);
  assert.equal(answers.of('a')?.report, answers.of('b')?.report);
  assert.deepEqual([answers.of('a')?.etag, answers.of('b')?.etag], ['"1"', '"2"']);
});

test('addresses whose tags are the same, but not their reports, have one each', () => {
  const answers = createAnswers();
  answers.take('a', answer('r0', '"1"'));
  answers.take('b', answer('r1', '"1"'));
  assert.deepEqual(answers.of('b')?.report.serviceIds, ['r1']);
});

test('of one report more than are kept whole, only the accepted CAs stay', () => {
  const answers = full();
  assert.deepEqual(answers.take('more', answer('odd')), { caFingerprints: ['ab'] });
  assert.equal(answers.of('more'), undefined);
  assert.deepEqual(answers.take('more', answer('r0')).report, report('r0'));
});

test('a new report of an address takes the place of its old one', () => {
  const answers = full();
  assert.deepEqual(answers.take('0', answer('odd')).report, report('odd'));
});

test('an address that is forgotten makes room', () => {
  const answers = full();
  answers.forget('0');
  assert.deepEqual(answers.take('more', answer('odd')).report, report('odd'));
  answers.keep(new Set(['1']));
  assert.deepEqual(
    ['1', '2', 'more'].map((address) => answers.of(address)?.digest),
    ['r1', undefined, undefined],
  );
});
