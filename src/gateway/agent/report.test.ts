import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { fingerprintOf, readCertificates } from '../../pki/bundle.js';
import type { Peer } from '../../protocol/peer.js';
import type { Export } from '../model.js';
import { createReports } from './report.js';

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
const none = () => undefined;
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
  const report = createReports(
    { own: own(), peers: [aPeer('london'), aPeer('rome')], exports, missing: [] },
    none,
  );
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
  const report = createReports({ own: own(), peers: [aPeer('london')], exports: [], missing: [] }, none);
  assert.equal(report('london'), report('london'));
  assert.equal(report('rome'), undefined);
});

test('what is not in force is not told, and of CAs that wait those of before are', () => {
  const exports = [anExport('s-a', 'london'), anExport('s-b', 'london')];
  const before = { ...aPeer('london'), caBundle: london.authority.ca };
  const told = createReports({ own: own(), peers: [before], exports: [], missing: [] }, none);
  const waiting = { reason: 'ReloadPending', message: '' } as const;
  const report = createReports(
    {
      ...{ own: own(), peers: [aPeer('london'), aPeer('rome'), aPeer('oslo')], exports },
      missing: [
        { kind: 'export', serviceId: 's-a', reason: 'ProtocolUnsupported', message: '' },
        { kind: 'bundle', link: 'london', ...waiting },
        { kind: 'bundle', link: 'oslo', ...waiting },
        { kind: 'link', link: 'rome', reason: 'BundleContested', message: '' },
      ],
    },
    told,
  );
  assert.deepEqual(report('london')?.serviceIds, ['s-b']);
  assert.deepEqual(
    report('london')?.caFingerprints,
    readCertificates(london.authority.ca).map(fingerprintOf),
  );
  assert.deepEqual([report('oslo')?.caFingerprints, report('rome')?.caFingerprints], [[], []]);
});
