import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownNames } from '../../../src/api/names.js';
import { configMaps, links, secrets } from '../../../src/api/resources.js';
import { rotateCa } from '../../../src/cmd/rotateca.js';
import { fingerprintOf, readCertificates } from '../../../src/pki/bundle.js';
import { decodeCaSecret } from '../../../src/pki/casecret.js';
import { phaseOf, type CaSecret } from '../../../src/pki/rotation.js';
import { systemClock } from '../../../src/runtime/clock.js';
import type { KeyPair } from '../../../src/pki/keypair.js';
import type { Implementation } from '../../../src/gateway/model.js';
import { aCluster, aLeaf } from '../../gen/pki.js';
import { eventually } from '../../driver/eventually.js';
import { runInProcess } from '../../driver/inprocess.js';
import { leafOf, ownNamespace } from '../../driver/cluster.js';
import { movableClock, type MovableClock } from './clock.js';
import { enter, refused } from './entry.js';
import { linkBoth, startServing, type ServingDriver } from '../../driver/gateways.js';
import { call, startEchoServer, startTraffic, type Traffic } from '../../driver/traffic.js';

const day = 24 * 3600_000;
const patience = 90_000;
const never = new AbortController().signal;

/** London calls a service of Paris. */
interface Pair {
  readonly clock: MovableClock;
  readonly london: ServingDriver;
  readonly paris: ServingDriver;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

/** Rotates the CA of either cluster while London's clients call Paris. */
export function rotationStories(implementation: Implementation, name: string): void {
  describe(`certificates under traffic: ${name}`, { timeout: 600_000 }, () => {
    test('the CA of the cluster that calls is rotated over a two-way link: nothing is lost, and what is old, expired, foreign or unlinked is refused', async () => {
      const pair = await open(implementation, 'two ways');
      try {
        const old = await leafOf(pair.london, ownNames.egressTls);
        // calls may be let in a moment before the peer channel has something to tell
        const first = await eventually(() => enter(pair.paris, old), patience);
        for (const session of first) await enter(pair.paris, old, session);
        await rotate(pair, pair.london);
        // told in the peers' ConfigMap; the gateway takes it from there within a moment
        await eventually(() => refused(pair.paris, old), patience);
        await refused(pair.paris, old, first);
        const live = await leafOf(pair.london, ownNames.egressTls);
        const renewed = await enter(pair.paris, live);
        await pair.traffic.nothingLost();
        const { signing } = await caSecretOf(pair.london);
        const past = { now: new Date(Date.now() - 8 * day), life: 7 * day };
        await refused(pair.paris, await aLeaf(signing, 'london', past));
        await refused(pair.paris, (await aCluster('london')).egress);
        await pair.paris.deletes(links, 'london');
        await eventually(() => refused(pair.paris, live), patience);
        await refused(pair.paris, live, renewed);
      } finally {
        await pair.close();
      }
    });

    test('the CA of the cluster that is only called is rotated over a one-way link: nothing is lost', async () => {
      const pair = await open(implementation, 'one way');
      try {
        const before = await trusted(pair.london, 'paris');
        await rotate(pair, pair.paris);
        const after = await trusted(pair.london, 'paris');
        assert.equal(after.length, 1);
        assert.notDeepEqual(after, before);
        await pair.traffic.nothingLost();
      } finally {
        await pair.close();
      }
    });

    test('a peer whose pin has not followed is waited for and named, and the CA signs when the pin is changed', async () => {
      const pair = await open(implementation, 'one way');
      try {
        const { kube } = pair.london;
        const lines: string[] = [];
        const say = (line: string) => void lines.push(line);
        const command = rotateCa(
          { kube, say, namespace: ownNamespace, force: false, clock: systemClock },
          never,
        );
        await eventually(
          () => assert.match(lines.join('\n'), /RotationWaiting: Link paris: .* does not accept the new CA/),
          patience,
        );
        // long enough for everybody but this peer
        pair.clock.move(61_000);
        assert.equal(phaseOf(await caSecretOf(pair.london)), 'published');
        const { caBundle } = await pair.london.published();
        await pair.paris.edits(links, 'london', { spec: { peer: { caBundle } } });
        await command;
        assert.equal(phaseOf(await caSecretOf(pair.london)), 'settling');
        await pair.traffic.nothingLost();
      } finally {
        await pair.close();
      }
    });
  });
}

/** A whole rotation, from the command to the day when the CA before goes; leaves are renewed on the way. */
async function rotate({ clock }: Pair, cluster: ServingDriver): Promise<void> {
  const { kube } = cluster;
  const caSecret = () => caSecretOf(cluster);
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const before = await caSecret();
  const command = rotateCa({ kube, say, namespace: ownNamespace, force: false, clock: systemClock }, never);
  await eventually(async () => assert.equal(phaseOf(await caSecret()), 'published'), patience);
  // by then the peer has followed or is waited for
  clock.move(61_000);
  await command;
  assert.match(lines.join('\n'), /is published.*\n(.*\n)*.*is accepted until/);
  await underNewCa(cluster, before.signing);
  const first = await leafOf(cluster, ownNames.egressTls);
  clock.move(4.7 * day);
  await eventually(
    async () => assert.notEqual((await leafOf(cluster, ownNames.egressTls)).cert, first.cert),
    patience,
  );
  assert.equal(phaseOf(await caSecret()), 'settling');
  clock.move(2.31 * day);
  await eventually(async () => assert.equal(phaseOf(await caSecret()), 'steady'), patience);
  // and then the gateways and the peer have it
  const { signing } = await caSecret();
  const only = readCertificates(signing.ca).map(fingerprintOf);
  assert.equal(only.length, 1);
  await eventually(async () => assert.deepEqual(await known(cluster), only), patience);
}

async function caSecretOf({ own }: ServingDriver): Promise<CaSecret> {
  return decodeCaSecret(await own.get(secrets, ownNames.ca))!;
}

async function underNewCa(cluster: ServingDriver, before: KeyPair): Promise<void> {
  const [old] = readCertificates(before.cert);
  for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls])
    await eventually(async () => {
      const [leaf] = readCertificates((await leafOf(cluster, name)).cert);
      assert.equal(leaf?.checkIssued(old!), false, name);
    }, patience);
}

/** The CAs of a cluster that its peer's gateways are told to trust. */
const peers = new Map<ServingDriver, { readonly cluster: ServingDriver; readonly link: string }>();

async function known(cluster: ServingDriver): Promise<string[]> {
  const peer = peers.get(cluster)!;
  return trusted(peer.cluster, peer.link);
}

async function trusted({ own }: ServingDriver, link: string): Promise<string[]> {
  const { data } = await own.get(configMaps, ownNames.peers);
  const { caBundle } = JSON.parse(data?.[link] ?? '{}') as { caBundle: string };
  return readCertificates(caBundle).map(fingerprintOf);
}

async function open(implementation: Implementation, ways: 'one way' | 'two ways'): Promise<Pair> {
  // leaves that are made now must be valid in real time at the end, when the clock is half a day ahead
  const clock = movableClock(6.5 * day);
  const net = `127.${80 + (process.pid % 100)}.${Math.floor(Math.random() * 250)}`;
  const open = (clusterName: string, host: string) => {
    const operator = { clock, clusterName, egressAddresses: [host] };
    return startServing(clusterName, {
      ...{ host, implementation },
      startOperator: async (cluster) =>
        runInProcess(await cluster.access('service-mirror-operator'), operator),
    });
  };
  const [london, paris] = await Promise.all([open('london', `${net}.2`), open('paris', `${net}.3`)]);
  peers.set(london, { cluster: paris, link: 'london' }).set(paris, { cluster: london, link: 'paris' });
  const server = await startEchoServer();
  const close = async () => {
    await Promise.all([london.close(), paris.close()]);
    server.close();
  };
  try {
    const port = await linkBoth(london, paris, { ways, service: server.port });
    const destination = { host: london.host, port };
    await eventually(() => call(destination), patience);
    const traffic = await startTraffic(() => destination, { callers: 4, streams: 4 });
    return {
      ...{ clock, london, paris, traffic },
      async close() {
        await traffic.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
