import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { meshDomain } from '../../src/api/names.js';
import { serviceIdOf } from '../../src/protocol/serviceid.js';
import { givenProblems } from '../../src/pki/given.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import { aCrossCertificate, aLeaf, anIntermediate, aRoot, leavesOf, type ClusterPki } from '../gen/pki.js';
import { call, connect, endsAs, read, tryTls } from './client.js';
import { cuts, pairings } from './pairings.js';
import { freePort } from './ports.js';
import { echo, startTarget, startTlsTarget } from './target.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

/** Clusters whose leaves stand under an intermediate CA each, all of them under one root. */
interface Family {
  readonly root: KeyPair;
  readonly london: ClusterPki;
  readonly paris: ClusterPki;
  readonly berlin: ClusterPki;
}

/** A cluster below a CA, with an intermediate that may sign its names alone. */
async function below(above: KeyPair, cluster: string): Promise<ClusterPki> {
  const between = await anIntermediate(above, new Date(), meshDomain(cluster));
  // as the operator has it in tls.crt: what signs first, then what leads to the root
  const cert = above.cert === above.ca ? between.cert : `${between.cert}\n${above.cert}`;
  return leavesOf(cluster, { ...between, cert });
}

/** @param levels CAs between a leaf and the root */
async function aFamily(levels: number): Promise<Family> {
  const root = await aRoot(new Date());
  const above = levels === 1 ? root : await anIntermediate(root, new Date());
  const [london, paris, berlin] = await Promise.all(
    ['london', 'paris', 'berlin'].map((cluster) => below(above, cluster)),
  );
  return { root, london: london!, paris: paris!, berlin: berlin! };
}

const serviceId = serviceIdOf({ namespace: 'default', name: 'bank', port: 80 });

/** What a client of Paris shows, and the name that it asks for. */
type Shown = (family: Family) => KeyPair | Promise<KeyPair>;

const refused: Record<string, Shown> = {
  'another cluster under the root that is no peer': ({ root }) =>
    below(root, 'madrid').then(({ egress }) => egress),
  "a peer's CA that signs the name of another peer, which its root forbade": ({ berlin }) =>
    aLeaf(berlin.authority, 'london'),
  'the name of a peer under another root of the same subject': async () =>
    (await below(await aRoot(new Date()), 'london')).egress,
  'a leaf without the CAs that lead to the root': ({ london }) => ({
    ...london.egress,
    cert: london.egress.cert.slice(0, london.egress.cert.indexOf('-----END') + 25),
  }),
  "the operator's certificate": ({ london }) => london.operator,
};

async function startParis(pairing: Parameters<typeof startPair>[0], family: Family, target: number) {
  const pair = await startPair(pairing, { pki: family });
  await pair.tellParis({
    peers: [
      aPeer(londonLink, 'london', family.london.authority),
      // the same root, in a text of its own
      aPeer('cluster-c', 'berlin', { ...family.berlin.authority, ca: `root\n${family.root.ca}` }),
    ],
  });
  const ports = {
    open: await pair.offer('open', target),
    closed: await pair.offer('closed', target, ['cluster-c']),
  };
  return { pair, ports };
}

function dial(pair: Pair, { cert, key }: KeyPair, name: string) {
  const options: ConnectionOptions = { cert, key, servername: pair.nameOf(name) };
  return tryTls(pair.ingressPort, options);
}

for (const pairing of pairings) {
  describe(`one root above all clusters: ${pairing.name}`, { timeout: 60_000 }, () => {
    for (const levels of [1, 2])
      test(`peers are told apart and let in, with ${levels} CA between leaf and root`, async () => {
        const family = await aFamily(levels);
        const { cert, key } = family.london.egress;
        const given = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': family.root.ca };
        // one that others issued may look like this too
        assert.deepEqual(givenProblems(given, 'egress', { cluster: 'london', now: new Date() }), []);
        await using target = await startTarget(echo);
        const { pair, ports } = await startParis(pairing, family, target.port);
        await using _ = pair;
        const client = await connect(ports.open);
        client.write('hello');
        assert.equal((await read(client, 5)).toString(), 'hello');
        client.destroy();
        assert.deepEqual(await dial(pair, family.london.egress, 'open'), { answered: 'hello\n' });
        assert.deepEqual(await dial(pair, family.berlin.egress, 'closed'), { answered: 'hello\n' });
        const carried = target.accepted.length;
        for (const [who, name] of [
          [family.london, 'closed'],
          [family.berlin, 'open'],
        ] as const)
          assert.ok('refused' in (await dial(pair, who.egress, name)), `${who.cluster} got ${name}`);
        assert.equal(target.accepted.length, carried);
      });

    test('nobody else under the root comes in', async (t) => {
      const family = await aFamily(1);
      await using target = await startTarget(echo);
      const { pair } = await startParis(pairing, family, target.port);
      await using _ = pair;
      assert.deepEqual(await dial(pair, family.london.egress, 'open'), { answered: 'hello\n' });
      for (const [what, shown] of Object.entries(refused))
        await t.test(`refused: ${what}`, async () => {
          const outcome = await dial(pair, await shown(family), 'open');
          assert.ok('refused' in outcome, `was answered: ${JSON.stringify(outcome)}`);
          assert.equal(target.accepted.length, 1, 'the target was reached');
        });
    });

    test("a peer's CA whose constraints another path goes around signs no other peer's name", async () => {
      const family = await aFamily(1);
      await using target = await startTarget(echo);
      const { pair } = await startParis(pairing, family, target.port);
      await using _ = pair;
      // berlin has a root of its own beside, under which its intermediate stands without constraints
      const own = await aRoot(new Date(), 'CN=berlin');
      const between = await anIntermediate(family.root, new Date(), meshDomain('berlin'));
      const around = await aCrossCertificate(own, between, new Date());
      // and trusts its intermediate by itself, so that TLS need not look further
      const alone = await aCrossCertificate(between, between, new Date());
      await pair.tellParis({
        peers: [
          aPeer(londonLink, 'london', family.london.authority),
          aPeer('cluster-c', 'berlin', { ...family.root, ca: family.root.ca + own.ca + alone.cert }),
        ],
      });
      const { cert, key } = await aLeaf({ ...between, ca: family.root.ca }, 'london');
      const [leaf = ''] = cert.split(/(?<=-----END CERTIFICATE-----\n)/);
      for (const chain of [
        leaf + between.cert,
        leaf + around.cert + between.cert,
        leaf + between.cert + around.cert,
      ]) {
        const outcome = await dial(pair, { cert: chain, key, ca: '' }, 'open');
        assert.ok('refused' in outcome, `was answered: ${JSON.stringify(outcome)}`);
      }
      assert.deepEqual(await dial(pair, family.london.egress, 'open'), { answered: 'hello\n' });
    });

    test('a leaf under another intermediate of the root takes the place of the one before', async () => {
      const family = await aFamily(1);
      await using target = await startTarget(echo);
      const { pair, ports } = await startParis(pairing, family, target.port);
      await using _ = pair;
      const [london, paris] = [await below(family.root, 'london'), await below(family.root, 'paris')];
      await Promise.all([
        pair.tellLondon({ identity: london.egress }),
        pair.tellParis({ identity: paris.ingress }),
      ]);
      const client = await connect(ports.open);
      client.write('hello');
      assert.equal((await read(client, 5)).toString(), 'hello');
      client.destroy();
    });

    test('each of two peers under the root is called, and neither in the place of the other', async () => {
      const family = await aFamily(1);
      await using pair = await startPair(pairing, { pki: family });
      const { paris, berlin } = family;
      await using atParis = await startTlsTarget(paris.ingress);
      await using atBerlin = await startTlsTarget(berlin.ingress);
      const routes = [
        { port: await freePort('127.0.0.1'), link: 'cluster-a', serviceId },
        { port: await freePort('127.0.0.1'), link: 'cluster-c', serviceId },
      ];
      const tell = (parisPort: number, berlinPort: number) =>
        pair.tellLondon({
          peers: [
            aPeer('cluster-a', 'paris', paris.authority, parisPort),
            aPeer('cluster-c', 'berlin', berlin.authority, berlinPort),
          ],
          routes,
        });
      await tell(atParis.port, atBerlin.port);
      for (const { port } of routes) assert.equal(await greeting(port), 'welcome');
      await tell(atBerlin.port, atParis.port);
      for (const { port } of routes) {
        const client = call(port);
        await endsAs(client, cuts(pairing));
        assert.equal(client.bytesRead, 0);
      }
    });
  });
}

async function greeting(port: number): Promise<string> {
  const client = await connect(port);
  const text = (await read(client, 7)).toString();
  client.destroy();
  return text;
}
