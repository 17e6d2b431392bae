import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { aCluster, aNamesake } from '../../../test/gen/pki.js';
import { aPeer } from '../../../test/conformance/gatewaypair.js';
import { subjectLine } from '../../pki/subject.js';
import { callerMap, readCallers } from './callers.js';
import { callerKey } from './identity.js';

const now = new Date();
const links = (result: ReturnType<typeof readCallers>) => result.callers.map(({ link }) => link);

test('a caller is found by each CA of its bundle with its SPIFFE ID, and by nothing else', async () => {
  const [old, fresh] = await Promise.all([aCluster('london'), aCluster('london')]);
  const peer = aPeer('cluster-b', 'london', {
    ...fresh.authority,
    ca: fresh.authority.ca + old.authority.ca,
  });
  const { callers, missing } = readCallers([peer], now);
  assert.deepEqual(missing, []);
  const map = callerMap(callers, ({ link }, role) => `${link} ${role}`);
  const key = (authority: { cert: string }, uri: string) =>
    callerKey(new X509Certificate(authority.cert), uri);
  assert.equal(map.size, 4);
  for (const { authority } of [old, fresh])
    for (const role of ['gateway', 'operator'])
      assert.equal(map.get(key(authority, `spiffe://london.mirror.internal/${role}`)), `cluster-b ${role}`);
  assert.equal(map.get(key(fresh.authority, 'spiffe://london.mirror.internal/other')), undefined);
});

test('a bad bundle is named, and the other peers are trusted', async () => {
  const london = await aCluster('london');
  const result = readCallers(
    [
      aPeer('good', 'london', london.authority),
      aPeer('bad', 'berlin', { ...london.authority, ca: 'no PEM' }),
    ],
    now,
  );
  assert.deepEqual(links(result), ['good']);
  assert.match(result.missing[0]!.message, /link bad: the bundle is not PEM/);
});

test('a CA that takes the name of another does not get it', async () => {
  const london = await aCluster('london');
  const forged = await aNamesake(london.authority, now);
  const result = readCallers(
    [
      aPeer('rightful', 'london', london.authority),
      aPeer('forger', 'berlin', { ...forged, ca: forged.cert }),
    ],
    new Date(now.getTime() + 1_000),
  );
  assert.deepEqual(links(result), ['rightful']);
  assert.match(result.missing[0]!.message, /link forger: another peer has a CA of the subject CN=london-/);
});

test('peers under one shared CA are told apart by their names', async () => {
  const { authority } = await aCluster('shared');
  const result = readCallers([aPeer('a', 'london', authority), aPeer('b', 'berlin', authority)], now);
  assert.deepEqual(links(result), ['a', 'b']);
  assert.equal(callerMap(result.callers, ({ link }) => link).size, 4);
});

test('two links that stand for one peer stand for none', async () => {
  const { authority } = await aCluster('london');
  const result = readCallers([aPeer('a', 'london', authority), aPeer('b', 'london', authority)], now);
  assert.deepEqual(links(result), []);
  assert.deepEqual(
    result.missing.map(({ reason }) => reason),
    ['PeerDuplicate', 'PeerDuplicate'],
  );
});

const subjects: Record<string, string> = {
  'CN=london-0123': '/CN=london-0123',
  'O=Acme Co\nCN=Root 1': '/O=Acme Co/CN=Root 1',
  'O=Acme\\, Inc.\nCN=R': '/O=Acme, Inc./CN=R',
  'O=Acme + CN=A \\+ B\nCN=R': '/O=Acme/CN=A + B/CN=R',
};

for (const [subject, line] of Object.entries(subjects)) {
  test(`subjectLine() writes ${JSON.stringify(subject)} as HAProxy does`, () => {
    assert.equal(subjectLine({ subject }), line);
  });
}
