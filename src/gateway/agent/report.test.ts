import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { numbers } from '../../../test/gen/numbers.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import { ImmutableMap } from '../../runtime/immutable.js';
import type { Export } from '../model.js';
import type { NotInForce } from '../outcome.js';
import { createReports, type ReportInput } from './report.js';

let london: ClusterPki;
let renewed: ClusterPki;
before(async () => {
  london = await aCluster('london');
  renewed = await aCluster('london', { trusted: london.authority.ca });
});

const own = () => ({
  ...{ cluster: 'paris', uid: 'uid-paris', caBundle: '' },
  addresses: [{ host: '203.0.113.7', port: 4143 }],
});
const aPeer = (link: string): Peer => ({
  ...{ link, cluster: link, caBundle: renewed.authority.ca, addresses: [] },
  probe: { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 },
});

/** The reports of the last of these states. */
function reportsOf(...states: readonly ReportInput[]): (link: string) => PeerReport | undefined {
  const reports = createReports();
  for (const state of states) reports.update(state);
  return (link) => reports.to(link);
}

const anExport = (serviceId: string, ...allow: string[]): Export => {
  return {
    serviceId,
    target: { host: '10.96.0.10', port: 80 },
    protocol: { kind: 'tcp' },
    allow: new Set(allow),
  };
};

test('a peer is told who we are, what it may reach, in order, and which of its CAs we accept', () => {
  const exports = [anExport('s-b', 'london', 'rome'), anExport('s-c', 'rome'), anExport('s-a', 'london')];
  const report = reportsOf({
    ...{ own: own(), peers: [aPeer('london'), aPeer('rome')], exports, missing: [] },
  });
  const accepted = readCertificates(renewed.authority.ca).map(fingerprintOf);
  assert.equal(accepted.length, 2);
  assert.deepEqual(report('london'), {
    ...{
      protocol: 2,
      cluster: 'paris',
      uid: 'uid-paris',
      serviceIds: ['s-a', 's-b'],
      caFingerprints: accepted,
    },
    addresses: [{ host: '203.0.113.7', port: 4143 }],
  });
  assert.deepEqual(report('rome')?.serviceIds, ['s-b', 's-c']);
});

test('a peer that is asked for twice gets the same object, and a link without a peer none', () => {
  const report = reportsOf({ own: own(), peers: [aPeer('london')], exports: [], missing: [] });
  assert.equal(report('london'), report('london'));
  assert.equal(report('rome'), undefined);
});

test('what is not in force is not told, and of CAs that wait those of before are', () => {
  const exports = [anExport('s-a', 'london'), anExport('s-b', 'london')];
  const before = { ...aPeer('london'), caBundle: london.authority.ca };
  const told = { own: own(), peers: [before], exports: [], missing: [] };
  const waiting = { reason: 'ReloadPending', message: '' } as const;
  const report = reportsOf(told, {
    ...{ own: own(), peers: [aPeer('london'), aPeer('rome'), aPeer('oslo')], exports },
    missing: [
      { kind: 'export', serviceId: 's-a', reason: 'ProtocolUnsupported', message: '' },
      { kind: 'bundle', link: 'london', ...waiting },
      { kind: 'bundle', link: 'oslo', ...waiting },
      { kind: 'link', link: 'rome', reason: 'BundleContested', message: '' },
    ],
  });
  assert.deepEqual(report('london')?.serviceIds, ['s-b']);
  assert.deepEqual(
    report('london')?.caFingerprints,
    readCertificates(london.authority.ca).map(fingerprintOf),
  );
  assert.deepEqual([report('oslo')?.caFingerprints, report('rome')?.caFingerprints], [[], []]);
});

test('a report is the same object until what it says to that link changes', () => {
  const reports = createReports();
  const [toBoth, toRome] = [anExport('s-a', 'london', 'rome'), anExport('s-b', 'rome')];
  const state = { own: own(), peers: [aPeer('london'), aPeer('rome')], missing: [] };
  reports.update({ ...state, exports: [toBoth] });
  const [london, rome] = [reports.to('london'), reports.to('rome')];
  reports.update({ ...state, own: own(), exports: [toBoth, toRome] });
  assert.equal(reports.to('london'), london);
  assert.deepEqual([rome?.serviceIds, reports.to('rome')?.serviceIds], [['s-a'], ['s-a', 's-b']]);
  reports.update({ ...state, own: { ...own(), uid: 'other' }, exports: [toBoth, toRome] });
  assert.equal(reports.to('london')?.uid, 'other');
});

test('reports that follow others say what new ones would say, of any changes', () => {
  const reports = createReports();
  const random = numbers(11);
  const names = ['london', 'rome', 'oslo'];
  let exports = ImmutableMap.of<string, Export>();
  for (let round = 0; round < 300; round++) {
    const id = `s-${random(12)}`;
    const allow = names.filter(() => random(2) === 0);
    exports = exports.with([[id, random(3) === 0 ? undefined : anExport(id, ...allow)]]);
    const unserved = Array.from({ length: random(3) }, (): NotInForce => {
      return { kind: 'export', serviceId: `s-${random(12)}`, reason: 'ProtocolUnsupported', message: '' };
    });
    const peers = names.filter(() => random(4) > 0).map(aPeer);
    const state = { own: own(), peers, exports, missing: unserved };
    reports.update(state);
    const fresh = reportsOf(state);
    for (const link of names)
      if (random(2) === 0) assert.deepEqual(reports.to(link), fresh(link), `round ${round}, ${link}`);
  }
});
