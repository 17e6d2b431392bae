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
import type { Implementation } from '../../conformance/implementation.js';
import { aCluster, aLeaf } from '../../gen/pki.js';
import { eventually } from '../../driver/eventually.js';
import { runInProcess } from '../../driver/inprocess.js';
import { ownNamespace } from '../../driver/light.js';
import { movableClock, type MovableClock } from './clock.js';
import { enter, refused } from './entry.js';
import { linkRotationClusters } from './link.js';
import { leafOf, openRotationCluster, type RotationCluster } from '../../driver/gateways.js';
import { ask, startEcho, startTraffic, type Traffic } from './traffic.js';

const day = 24 * 3600_000;
const patience = 90_000;
const never = new AbortController().signal;

/** London calls a service of Paris. */
interface Pair {
  readonly clock: MovableClock;
  readonly london: RotationCluster;
  readonly paris: RotationCluster;
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
        await nothingLost(pair);
        const { signing } = await caSecretOf(pair.london);
        const past = { now: new Date(Date.now() - 8 * day), life: 7 * day };
        await refused(pair.paris, await aLeaf(signing, 'london', past));
        await refused(pair.paris, (await aCluster('london')).egress);
        await pair.paris.own.deletes(links, 'london');
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
        await nothingLost(pair);
      } finally {
        await pair.close();
      }
    });

    test('a peer whose pin has not followed is waited for and named, and the CA signs when the pin is changed', async () => {
      const pair = await open(implementation, 'one way');
      try {
        const { kube } = pair.london.site;
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
        const { data } = await kube.get(configMaps, `${ownNamespace}/${ownNames.identity}`);
        assert.equal(phaseOf(await caSecretOf(pair.london)), 'published');
        const peer = { caBundle: data?.['ca.crt'] };
        await pair.paris.own.edits(links, 'london', { spec: { peer } });
        await command;
        assert.equal(phaseOf(await caSecretOf(pair.london)), 'settling');
        await nothingLost(pair);
      } finally {
        await pair.close();
      }
    });
  });
}

/** A whole rotation, from the command to the day when the CA before goes; leaves are renewed on the way. */
async function rotate({ clock }: Pair, town: RotationCluster): Promise<void> {
  const { kube } = town.site;
  const caSecret = () => caSecretOf(town);
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const before = await caSecret();
  const command = rotateCa({ kube, say, namespace: ownNamespace, force: false, clock: systemClock }, never);
  await eventually(async () => assert.equal(phaseOf(await caSecret()), 'published'), patience);
  // by then the peer has followed or is waited for
  clock.move(61_000);
  await command;
  assert.match(lines.join('\n'), /is published.*\n(.*\n)*.*is accepted until/);
  await underNewCa(town, before.signing);
  const first = await leafOf(town, ownNames.egressTls);
  clock.move(4.7 * day);
  await eventually(
    async () => assert.notEqual((await leafOf(town, ownNames.egressTls)).cert, first.cert),
    patience,
  );
  assert.equal(phaseOf(await caSecret()), 'settling');
  clock.move(2.31 * day);
  await eventually(async () => assert.equal(phaseOf(await caSecret()), 'steady'), patience);
  // and then the gateways and the peer have it
  const { signing } = await caSecret();
  const only = readCertificates(signing.ca).map(fingerprintOf);
  assert.equal(only.length, 1);
  await eventually(async () => assert.deepEqual(await known(town), only), patience);
}

async function caSecretOf({ site }: RotationCluster): Promise<CaSecret> {
  return decodeCaSecret(await site.kube.get(secrets, `${ownNamespace}/${ownNames.ca}`))!;
}

async function underNewCa(town: RotationCluster, before: KeyPair): Promise<void> {
  const [old] = readCertificates(before.cert);
  for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls])
    await eventually(async () => {
      const [leaf] = readCertificates((await leafOf(town, name)).cert);
      assert.equal(leaf?.checkIssued(old!), false, name);
    }, patience);
}

/** The CAs of a town that its peer's gateways are told to trust. */
const peers = new Map<RotationCluster, { readonly town: RotationCluster; readonly link: string }>();

async function known(town: RotationCluster): Promise<string[]> {
  const peer = peers.get(town)!;
  return trusted(peer.town, peer.link);
}

async function trusted({ site }: RotationCluster, link: string): Promise<string[]> {
  const { data } = await site.kube.get(configMaps, `${ownNamespace}/${ownNames.peers}`);
  const { caBundle } = JSON.parse(data?.[link] ?? '{}') as { caBundle: string };
  return readCertificates(caBundle).map(fingerprintOf);
}

async function nothingLost({ traffic }: Pair): Promise<void> {
  const { answered, echoed } = traffic;
  await eventually(() => assert.ok(traffic.answered > answered + 10 && traffic.echoed > echoed + 10));
  assert.deepEqual(traffic.failures, []);
}

async function open(implementation: Implementation, ways: 'one way' | 'two ways'): Promise<Pair> {
  // leaves that are made now must be valid in real time at the end, when the clock is half a day ahead
  const clock = movableClock(6.5 * day);
  const net = `127.${80 + (process.pid % 100)}.${Math.floor(Math.random() * 250)}`;
  const open = (clusterName: string, host: string) => {
    const lives = { clock, clusterName, egressAddresses: [host] };
    return openRotationCluster(clusterName, {
      ...{ host, implementation, startOperator: (kubeconfig) => runInProcess(kubeconfig, lives) },
    });
  };
  const [london, paris] = await Promise.all([open('london', `${net}.2`), open('paris', `${net}.3`)]);
  peers.set(london, { town: paris, link: 'london' }).set(paris, { town: london, link: 'paris' });
  const echo = await startEcho();
  const close = async () => {
    await Promise.all([london.close(), paris.close()]);
    echo.server.close();
  };
  try {
    const egressPort = await linkRotationClusters(london, paris, { ways, service: echo.port });
    await eventually(async () => assert.equal(await ask(london.host, egressPort), 'hello'), patience);
    const traffic = await startTraffic(london.host, egressPort);
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
