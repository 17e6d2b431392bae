import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { aCluster, aLeaf, anIntermediate, aRoot, type ClusterPki } from '../../test/gen/pki.js';
import { readCertificates } from './bundle.js';
import { issueLeaf } from './ca.js';
import { givenProblems, joinBundles, type Given } from './given.js';
import { clockSkew, profileOf } from './profile.js';
import type { KeyPair } from './keypair.js';

const now = new Date('2026-01-01T00:00:00Z');
const hour = 3600_000;
let paris: ClusterPki;
before(async () => {
  paris = await aCluster('paris', { now });
});

const { uris, dnsNames, usages } = profileOf('ingress', 'paris');
const asGiven = ({ cert, key, ca }: KeyPair): Given => ({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': ca });
const leaf = (more: Parameters<typeof aLeaf>[2]) =>
  aLeaf(paris.authority, 'paris', { now, uris, dnsNames, usages, ...more }).then(asGiven);
const chained = async () => {
  const between = await anIntermediate(await aRoot(now), now);
  return issueLeaf(between, 'ingress', { cluster: 'paris', now });
};

const cases: Record<string, [() => Promise<Given>, RegExp | undefined]> = {
  'a leaf of ours': [async () => asGiven(paris.ingress), undefined],
  'a leaf under an intermediate CA': [async () => asGiven(await chained()), undefined],
  'more DNS names and usages than are needed': [
    () => leaf({ dnsNames: [...dnsNames, 'more.example'], usages: ['serverAuth', 'clientAuth'] }),
    undefined,
  ],
  'no Secret': [async () => ({}), /^tls\.crt is missing.*; tls\.key is missing.*; ca\.crt is missing.*root/],
  'no ca.crt': [async () => ({ ...asGiven(paris.ingress), 'ca.crt': '' }), /^ca\.crt is missing/],
  'what is not PEM': [async () => ({ ...asGiven(paris.ingress), 'tls.crt': 'x' }), /^tls\.crt: .*not PEM/],
  'the key of another': [
    async () => ({ ...asGiven(paris.ingress), 'tls.key': paris.egress.key }),
    /^tls\.key is not the key of tls\.crt/,
  ],
  'a leaf that has expired': [
    async () =>
      asGiven(
        await aLeaf(paris.authority, 'paris', {
          now: new Date(now.getTime() - 2 * hour),
          life: hour,
          uris,
          dnsNames,
          usages,
        }),
      ),
    /^tls\.crt expired at .*renew/,
  ],
  'a leaf and its CA, made by a clock that is ahead': [
    async () => asGiven((await aCluster('paris', { now: new Date(now.getTime() + 2 * clockSkew) })).ingress),
    undefined,
  ],
  'a leaf of the future': [
    async () =>
      asGiven(
        await aLeaf(paris.authority, 'paris', {
          now: new Date(now.getTime() + hour),
          uris,
          dnsNames,
          usages,
        }),
      ),
    /^tls\.crt is not valid before/,
  ],
  'another identity': [
    () => leaf({ uris: ['spiffe://rome/x'] }),
    /^tls\.crt names spiffe:\/\/rome\/x: .*one URI spiffe:\/\/paris/,
  ],
  'two identities': [() => leaf({ uris: [...uris, 'spiffe://rome/x'] }), /one URI/],
  'no DNS name': [() => leaf({ dnsNames: [] }), /lacks the DNS name \*\.paris\.mirror\.internal/],
  'another usage': [() => leaf({ usages: ['clientAuth'] }), /lacks the extended key usage serverAuth/],
  'the root of another': [
    async () => ({ ...asGiven(paris.ingress), 'ca.crt': (await aCluster('rome', { now })).authority.ca }),
    /^tls\.crt leads to no CA of ca\.crt/,
  ],
  'a chain without its intermediate': [
    async () => {
      const { cert, key, ca } = await chained();
      return { 'tls.crt': readCertificates(cert)[0]!.toString(), 'tls.key': key, 'ca.crt': ca };
    },
    /append the intermediate/,
  ],
  'a root that is no CA': [
    async () => ({ ...asGiven(paris.ingress), 'ca.crt': paris.egress.cert }),
    /^ca\.crt: .*not a CA/,
  ],
};

describe('givenProblems()', () => {
  for (const [title, [given, problem]] of Object.entries(cases))
    it(`${problem ? 'refuses' : 'takes'} ${title}`, async () => {
      const problems = givenProblems(await given(), 'ingress', { cluster: 'paris', now });
      if (problem === undefined) assert.deepEqual(problems, []);
      else assert.match(problems.join('; '), problem);
    });
});

describe('joinBundles()', () => {
  it('holds each CA once', async () => {
    const rome = await aCluster('rome', { now });
    const joined = joinBundles([paris.authority.ca, rome.authority.ca + paris.authority.ca]);
    assert.equal(readCertificates(joined).length, 2);
  });
});
