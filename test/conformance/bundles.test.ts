import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { chainOf } from '../../src/pki/chain.js';
import type { NotInForce } from '../../src/gateway/outcome.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import { aCluster, aCopy, aLeaf, aNamesake, aRoot, onlyNowhere, type ClusterPki } from '../gen/pki.js';
import { connect, read, tryTls } from './client.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

/** What berlin says its CAs are, and a leaf with which it calls as london. */
interface Attempt {
  readonly bundle: string;
  readonly shown?: KeyPair;
}

type Attempting = (london: ClusterPki, berlin: ClusterPki) => Promise<Attempt>;

/** A block under another label that holds a CA with london's name and a key of berlin's. */
const labelled =
  (label: string, before = 1): Attempting =>
  async (london, berlin) => {
    const forged = await aNamesake(london.authority, new Date());
    const block = forged.cert.replaceAll('CERTIFICATE', label);
    return {
      bundle: berlin.authority.ca.repeat(before) + block,
      shown: await aLeaf(forged, 'london', { anonymousIssuer: true }),
    };
  };

const attempts: Record<string, Attempting> = {
  'a CA of the name of another peer in a block X509 CERTIFICATE': labelled('X509 CERTIFICATE'),
  'one in a block TRUSTED CERTIFICATE': labelled('TRUSTED CERTIFICATE'),
  'one behind as many certificates as may be': labelled('X509 CERTIFICATE', 32),
  'a copy of the CA of another peer, with constraints that shut it out': async ({ authority }, berlin) => ({
    bundle: berlin.authority.ca + (await aCopy(authority, new Date(), [onlyNowhere])).cert,
  }),
  'a copy of the CA of another peer in front of its own': async ({ authority }, berlin) => ({
    bundle: (await aCopy(authority, new Date())).cert + authority.cert + berlin.authority.ca,
  }),
  'two certificates without a line break between them': async (_, berlin) => ({
    bundle: berlin.authority.ca.trimEnd() + (await aCluster('berlin')).authority.ca.trimEnd(),
  }),
  'empty lines in a block': async (_, berlin) => ({
    bundle: berlin.authority.ca.replaceAll('\n', '\n\n'),
  }),
  'base64 in a single line': async (_, berlin) => ({
    bundle: `-----BEGIN CERTIFICATE-----\n${new X509Certificate(berlin.authority.ca).raw.toString('base64')}\n-----END CERTIFICATE-----`,
  }),
};

/** A bundle of as many CAs with long names as a Link may pin. */
async function lengthy(name: string): Promise<KeyPair> {
  const roots = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      aRoot(new Date(), [{ O: [{ utf8String: `${name} ${n} `.padEnd(980, 'x') }] }]),
    ),
  );
  return { ...roots[0]!, ca: roots.map(({ cert }) => cert).join('') };
}

const dial = (pair: Pair, { cert, key }: KeyPair) =>
  tryTls(pair.ingressPort, { cert, key, servername: pair.nameOf('open') });

/** Holds that nothing is wrong with london, nor with paris. */
function assertAboutOthers(missing: readonly NotInForce[]): void {
  for (const part of missing) assert.ok(part.kind === 'link' && !/^cluster-[ab]$/.test(part.link));
}

/** Fingerprints of the certificates that paris's gateway shows. */
async function shownBy({ ingressPort, london }: Pair): Promise<string[]> {
  const { cert, key } = london.egress;
  const socket = connectTls({ port: ingressPort, host: '127.0.0.1', cert, key, rejectUnauthorized: false });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const chain = chainOf(socket.getPeerCertificate(true));
  socket.destroy();
  return chain.map((der) => new X509Certificate(der).fingerprint256);
}

for (const pairing of pairings) {
  describe(`bundles of peers: ${pairing.name}`, { timeout: 60_000 }, () => {
    for (const [what, attempt] of Object.entries(attempts))
      test(`${what} harms nobody else`, async () => {
        await using target = await startTarget(echo);
        await using pair = await startPair(pairing);
        const port = await pair.offer('open', target.port);
        const berlin = await aCluster('berlin');
        const { bundle, shown } = await attempt(pair.london, berlin);
        const peer = aPeer('cluster-c', 'berlin', { ...berlin.authority, ca: bundle });
        const london = aPeer(londonLink, 'london', pair.london.authority);
        // which of the peers is refused, if one is, is told by the outcome
        assertAboutOthers(await pair.tryParis({ peers: [peer, london] }));
        assert.deepEqual(await dial(pair, pair.london.egress), { answered: 'hello\n' });
        if (shown !== undefined) assert.ok('refused' in (await dial(pair, shown)));
        // what comes after is taken as well
        await pair.offer('more', target.port).catch(() => {});
        assert.deepEqual(await dial(pair, pair.london.egress), { answered: 'hello\n' });

        const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
        assertAboutOthers(await pair.tryLondon({ peers: [{ ...peer, addresses: paris.addresses }, paris] }));
        const client = await connect(port);
        client.write('hello');
        assert.equal((await read(client, 5)).toString(), 'hello');
        client.destroy();
      });

    test('a gateway shows no CA of a peer as its own', async () => {
      await using pair = await startPair(pairing);
      const berlin = await aCluster('berlin');
      const forged = await aNamesake(pair.paris.authority, new Date(), { keyId: true });
      const ca = berlin.authority.ca + forged.cert;
      const london = aPeer(londonLink, 'london', pair.london.authority);
      await pair.tellParis({ peers: [london, aPeer('cluster-c', 'berlin', { ...berlin.authority, ca })] });
      const shown = await shownBy(pair);
      assert.ok(!shown.includes(new X509Certificate(forged.cert).fingerprint256));
    });

    test('CAs with long names keep nobody else out', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      await pair.offer('open', target.port);
      const others = await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name) => aPeer(name, name, await lengthy(name))),
      );
      const london = aPeer(londonLink, 'london', pair.london.authority);
      assertAboutOthers(await pair.tryParis({ peers: [...others, london] }));
      assert.deepEqual(await dial(pair, pair.london.egress), { answered: 'hello\n' });
    });
  });
}
