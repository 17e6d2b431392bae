import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { failed } from '../../net/probe/failure.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { LinkReport } from '../../protocol/applied.js';
import type { Peer } from '../../protocol/peer.js';
import type { PeerReport } from '../../protocol/report.js';
import { maxReports } from './answers.js';
import { createLinkProbes } from './links.js';
import type { PeerTarget } from './peer.js';

const identity: KeyPair = { cert: 'cert', key: 'key', ca: 'ca' };
const report = (cluster: string, ...serviceIds: string[]): PeerReport => {
  return {
    protocol: 2,
    cluster,
    uid: `uid-${cluster}`,
    serviceIds,
    caFingerprints: [],
    addresses: [],
  };
};

function aPeer(cluster: string, fields: Partial<Peer> = {}): Peer {
  return {
    ...{ link: `to-${cluster}`, cluster, caBundle: `ca of ${cluster}` },
    addresses: [{ host: `gw.${cluster}.example`, port: 4143 }],
    probe: { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 },
    ...fields,
  };
}

/** Probes whose peers answer as long as they are `up`. */
function links(t: TestContext) {
  const clock = fakeClock();
  const up = new Set(['paris', 'rome']);
  const targets: PeerTarget[] = [];
  let reports: ReadonlyMap<string, LinkReport> = new Map();
  const probes = createLinkProbes({
    clock,
    random: () => 0,
    resolver: { resolve: async (host) => [host.includes('paris') ? '203.0.113.7' : '203.0.113.8'] },
    async probe(target) {
      targets.push(target);
      const { cluster } = target.peer;
      return up.has(cluster)
        ? { ok: true, answer: { etag: '"1"', digest: cluster, report: report(cluster, 's-1') } }
        : failed('refused');
    },
    onReports: (all) => (reports = all),
  });
  t.after(() => probes.close());
  return { clock, up, targets, probes, reports: () => reports, of: (link: string) => reports.get(link) };
}

test("a link's report has no health before its first probe has ended", (t) => {
  const { probes, of } = links(t);
  probes.update([aPeer('paris')], identity);
  assert.deepEqual(of('to-paris'), { healthy: false, answering: [] });
});

test('gateways of a peer that accept different CAs of ours accept those that they have in common', async (t) => {
  const clock = fakeClock();
  const accepted = new Map([
    ['203.0.113.7', ['old', 'new']],
    ['203.0.113.8', ['old']],
  ]);
  let seen: LinkReport | undefined;
  const probes = createLinkProbes({
    ...{ clock, random: () => 0, resolver: { resolve: async () => [...accepted.keys()] } },
    probe: async ({ ip }) => ({
      ok: true,
      answer: {
        etag: ip,
        digest: ip,
        report: { ...report('paris'), caFingerprints: accepted.get(ip) ?? [] },
      },
    }),
    onReports: (all) => (seen = all.get('to-paris')),
  });
  t.after(() => probes.close());
  probes.update([aPeer('paris')], identity);
  await clock.advance(0);
  assert.deepEqual(seen?.peer?.caFingerprints, ['old']);
  accepted.set('203.0.113.8', ['old', 'new']);
  await clock.advance(3_000);
  assert.deepEqual(seen?.peer?.caFingerprints, ['old', 'new']);
});

test('a link that answers is healthy, and its report says what the peer said', async (t) => {
  const { clock, probes, of } = links(t);
  probes.update([aPeer('paris')], identity);
  await clock.advance(0);
  assert.deepEqual(of('to-paris'), {
    ...{ healthy: true, reason: 'Healthy', answering: ['gw.paris.example:4143'], answersIn: 1 },
    peer: report('paris', 's-1'),
  });
  assert.deepEqual(probes.answering('to-paris'), [
    { host: 'gw.paris.example', port: 4143 },
    { host: '203.0.113.7', port: 4143 },
  ]);
});

test('a link that stops answering keeps the last good report of its peer', async (t) => {
  const { clock, up, probes, of } = links(t);
  probes.update([aPeer('paris')], identity);
  await clock.advance(0);
  up.delete('paris');
  await clock.advance(9_000);
  assert.deepEqual(of('to-paris'), {
    ...{ healthy: false, reason: 'ProbeFailed', message: 'refused', answering: [] },
    peer: report('paris', 's-1'),
  });
  assert.deepEqual(probes.answering('to-paris'), []);
});

test('what a peer tells each address differently is not kept whole, but for a few', async (t) => {
  const clock = fakeClock();
  const ips = Array.from({ length: 20 }, (_, n) => `203.0.113.${n}`);
  let asked: PeerTarget[] = [];
  let seen: LinkReport | undefined;
  const probes = createLinkProbes({
    ...{ clock, random: () => 0, resolver: { resolve: async () => ips } },
    async probe(target) {
      asked.push(target);
      const caFingerprints = target.ip === '203.0.113.19' ? ['old'] : ['old', 'new'];
      const said = { ...report('paris', target.ip), caFingerprints };
      return { ok: true, answer: { etag: '"1"', digest: target.ip, report: said } };
    },
    onReports: (all) => (seen = all.get('to-paris')),
  });
  t.after(() => probes.close());
  probes.update([aPeer('paris')], identity);
  await clock.advance(0);
  asked = [];
  await clock.advance(3_000);
  assert.equal(asked.length, 20);
  assert.equal(asked.filter(({ known }) => known !== undefined).length, maxReports);
  assert.deepEqual(
    [seen?.healthy, seen?.peer?.serviceIds.length, seen?.peer?.caFingerprints],
    [true, 1, ['old']],
  );
});

test("a link's report says how long the quickest of its gateways takes, and nothing while none answers", async (t) => {
  const clock = fakeClock();
  let isUp = true;
  let seen: LinkReport | undefined;
  const probes = createLinkProbes({
    ...{ clock, random: () => 0, resolver: { resolve: async () => ['203.0.113.7', '203.0.113.8'] } },
    async probe({ ip }) {
      await clock.sleep(ip.endsWith('7') ? 300 : 40);
      return isUp
        ? { ok: true, answer: { etag: ip, digest: ip, report: report('paris') } }
        : failed('refused');
    },
    onReports: (all) => (seen = all.get('to-paris')),
  });
  t.after(() => probes.close());
  probes.update([aPeer('paris')], identity);
  await clock.advance(400);
  assert.equal(seen?.answersIn, 40);
  isUp = false;
  await clock.advance(3_400);
  assert.deepEqual([seen.healthy, seen.answersIn], [true, undefined]);
});

test('one link that is down says nothing of another', async (t) => {
  const { clock, up, probes, of } = links(t);
  up.delete('paris');
  probes.update([aPeer('paris'), aPeer('rome')], identity);
  await clock.advance(0);
  assert.deepEqual([of('to-paris')?.healthy, of('to-rome')?.healthy], [false, true]);
});

test('a probe tells what is known already', async (t) => {
  const { clock, targets, probes } = links(t);
  probes.update([aPeer('paris')], identity);
  await clock.advance(3_000);
  assert.deepEqual(
    targets.map(({ known }) => known?.etag),
    [undefined, '"1"'],
  );
});

test('an unlinked peer is forgotten and not asked any more', async (t) => {
  const { clock, targets, probes, reports } = links(t);
  probes.update([aPeer('paris'), aPeer('rome')], identity);
  await clock.advance(0);
  probes.update([aPeer('rome')], identity);
  assert.deepEqual([...reports().keys()], ['to-rome']);
  targets.length = 0;
  await clock.advance(6_000);
  assert.ok(targets.every(({ peer }) => peer.cluster === 'rome'));
});

test('a peer that has changed is asked at once, with its new CAs and our new certificate, and keeps its health', async (t) => {
  const { clock, targets, probes, of } = links(t);
  probes.update([aPeer('paris')], identity);
  await clock.advance(100);
  const renewed = { ...identity, cert: 'new' };
  probes.update([aPeer('paris', { caBundle: 'new ca' })], renewed);
  assert.equal(of('to-paris')?.healthy, true);
  await clock.advance(0);
  assert.deepEqual(
    [targets.length, targets[1]?.peer.caBundle, targets[1]?.identity.cert],
    [2, 'new ca', 'new'],
  );
});

test('an unchanged peer is not asked for it', async (t) => {
  const { clock, targets, probes } = links(t);
  const peer = aPeer('paris');
  probes.update([peer], identity);
  await clock.advance(100);
  probes.update([peer], identity);
  await clock.advance(100);
  assert.equal(targets.length, 1);
});

test('another cluster under the name of a link starts from nothing', async (t) => {
  const { clock, probes, of } = links(t);
  probes.update([aPeer('paris')], identity);
  await clock.advance(0);
  probes.update([aPeer('rome', { link: 'to-paris' })], identity);
  assert.deepEqual(of('to-paris'), { healthy: false, answering: [] });
  await clock.advance(0);
  assert.equal(of('to-paris')?.peer?.cluster, 'rome');
});
