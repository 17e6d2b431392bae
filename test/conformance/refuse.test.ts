import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { spiffeId } from '../../src/api/names.js';
import { serverName } from '../../src/protocol/serviceid.js';
import { aCluster, aLeaf, type ClusterPki } from '../gen/pki.js';
import { type Outcome, tryTls } from './client.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

const week = 7 * 24 * 3600_000;

/** What a client shows: london's own egress certificate and the name of what london may call, unless changed. */
type Shown = (pair: Pair & { berlin: ClusterPki }) => ConnectionOptions | Promise<ConnectionOptions>;

const welcome: Record<string, Shown> = {
  'the right certificate and name': () => ({}),
  'a name in capitals': (pair) => ({ servername: pair.nameOf('open').toUpperCase() }),
};

const refused: Record<string, Shown> = {
  'no certificate': () => ({ cert: undefined, key: undefined }),
  'a certificate of a CA that nobody here trusts': async () => (await aCluster('london')).egress,
  "a certificate of another peer's CA that carries our peer's name": async ({ berlin }) =>
    aLeaf(berlin.authority, 'london'),
  'a certificate under the right CA with the name of another cluster': ({ london }) =>
    aLeaf(london.authority, 'berlin'),
  'a certificate under the right CA with the name of no peer': ({ london }) =>
    aLeaf(london.authority, 'madrid'),
  'a certificate without a SPIFFE ID': ({ london }) => aLeaf(london.authority, 'london', { uris: [] }),
  'a certificate with two SPIFFE IDs': ({ london }) =>
    aLeaf(london.authority, 'london', {
      uris: [spiffeId('london', 'gateway'), spiffeId('berlin', 'gateway')],
    }),
  'the SPIFFE ID as a DNS name': ({ london }) =>
    aLeaf(london.authority, 'london', { uris: [], dnsNames: [spiffeId('london', 'gateway')] }),
  "the operator's certificate": ({ london }) => london.operator,
  'a certificate for servers only': ({ london }) => london.ingress,
  'an expired certificate': ({ london }) =>
    aLeaf(london.authority, 'london', { now: new Date(Date.now() - 2 * week), life: week }),
  'a certificate of tomorrow': ({ london }) =>
    aLeaf(london.authority, 'london', { now: new Date(Date.now() + week) }),
  'TLS 1.2': () => ({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
  'no server name': () => ({ servername: '' }),
  'the name of nothing that is exported': (pair) => ({ servername: pair.nameOf('nothing') }),
  'the name of what is exported to another peer': (pair) => ({ servername: pair.nameOf('closed') }),
  'the right label in the domain of another cluster': (pair) => ({
    servername: serverName(pair.nameOf('open').split('.')[0]!, 'berlin'),
  }),
};

/** Paris with two peers: london may call `open`, berlin may call `closed`. */
async function startParis(pairing: Parameters<typeof startPair>[0], target: number) {
  const pair = await startPair(pairing);
  const berlin = await aCluster('berlin');
  await pair.tellParis({
    peers: [
      aPeer(londonLink, 'london', pair.london.authority),
      aPeer('cluster-c', 'berlin', berlin.authority),
    ],
  });
  await pair.offer('open', target);
  await pair.offer('closed', target, ['cluster-c']);
  return { ...pair, berlin };
}

for (const pairing of pairings) {
  describe(`who may come in: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('the right client is answered, and everybody else is not', async (t) => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, target.port);
      const attempt = async (shown: Shown): Promise<Outcome> => {
        const { cert, key } = pair.london.egress;
        const servername = pair.nameOf('open');
        return tryTls(pair.ingressPort, { cert, key, servername, ...(await shown(pair)) });
      };
      for (const [what, shown] of Object.entries(welcome)) {
        await t.test(`welcome: ${what}`, async () => {
          assert.deepEqual(await attempt(shown), { answered: 'hello\n' });
        });
      }
      const carried = target.accepted.length;
      for (const [what, shown] of Object.entries(refused)) {
        await t.test(`refused: ${what}`, async () => {
          const outcome = await attempt(shown);
          assert.ok('refused' in outcome, `was answered: ${JSON.stringify(outcome)}`);
          assert.equal(target.accepted.length, carried, 'the target was reached');
        });
      }
    });
  });
}
