import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { epoch } from '../../test/gen/gen.js';
import { aCluster, aNamesake, type ClusterPki } from '../../test/gen/pki.js';
import type { Peer } from '../protocol/peer.js';
import { createClaims } from './claims.js';

const now = new Date(epoch);
const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };
let paris: ClusterPki;
let lyon: ClusterPki;
let copy: string;
before(async () => {
  [paris, lyon] = await Promise.all([aCluster('paris', { now }), aCluster('lyon', { now })]);
  copy = (await aNamesake(paris.authority, now)).cert;
});

const aPeer = (link: string, cluster: string, caBundle: string): Peer => ({
  ...{ link, cluster, caBundle, addresses: [], probe },
});
const parisOf = (link: string) => aPeer(link, 'paris', paris.authority.ca);
const lyonOf = (link: string) => aPeer(link, 'lyon', lyon.authority.ca);

describe('createClaims()', () => {
  const cases: Record<string, { taken: () => Peer[]; peer: () => Peer; conflict: RegExp | undefined }> = {
    'nothing to a peer that nobody stands for': {
      taken: () => [lyonOf('a')],
      peer: () => parisOf('b'),
      conflict: undefined,
    },
    'nothing to what a Link stands for already': {
      taken: () => [parisOf('a')],
      peer: () => parisOf('a'),
      conflict: undefined,
    },
    'to a cluster that another Link stands for': {
      taken: () => [lyonOf('c'), parisOf('a')],
      peer: () => aPeer('b', 'paris', lyon.authority.ca),
      conflict: /Link "a" already stands for cluster "paris"/,
    },
    'to a CA that could be taken for one of another Link': {
      taken: () => [lyonOf('c'), parisOf('a')],
      peer: () => aPeer('b', 'berlin', copy),
      conflict: /CN=paris-.* of Link "a"/,
    },
    'nothing to a CA that could be taken for one of its own': {
      taken: () => [parisOf('a')],
      peer: () => aPeer('a', 'paris', copy),
      conflict: undefined,
    },
    'nothing on behalf of what a Link no longer stands for': {
      taken: () => [parisOf('a'), lyonOf('a')],
      peer: () => aPeer('b', 'berlin', copy),
      conflict: undefined,
    },
    'nothing on behalf of a bundle that lets nobody in': {
      taken: () => [aPeer('a', 'lyon', 'nonsense')],
      peer: () => parisOf('b'),
      conflict: undefined,
    },
  };
  for (const [sentence, { taken, peer, conflict }] of Object.entries(cases)) {
    it(`objects ${sentence}`, () => {
      const claims = createClaims(now);
      for (const one of taken()) claims.take(one);
      const said = claims.conflict(peer());
      if (conflict === undefined) assert.equal(said, undefined);
      else assert.match(said ?? '', conflict);
    });
  }

  it('knows what a Link stands for', () => {
    const claims = createClaims(now);
    claims.take(parisOf('a'));
    assert.deepEqual(claims.of('a'), parisOf('a'));
    assert.equal(claims.of('b'), undefined);
  });
});
