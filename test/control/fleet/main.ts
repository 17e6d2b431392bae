import assert from 'node:assert/strict';
import { serviceMirrors } from '../../../src/api/resources.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';
import { createSubject } from '../../conformance/haproxy/subject.js';
import { eventually } from '../../driver/eventually.js';
import { startLightCluster, type LightDriver } from '../../driver/light.js';
import { playSealed } from '../../driver/stories.js';
import { call, startEchoServer } from '../../driver/traffic.js';
import { aSlice, endpoint } from '../../gen/gen.js';
import {
  applyAll,
  patience,
  randomOf,
  reasonsIn,
  reasonsOf,
  runDeployments,
  shuffled,
  statusesOf,
} from './gitops.js';
import { fleet, nameHosts, renderFleet, type Member } from './tree.js';

const hosts = { london: '10.20.3.11', paris: '10.20.3.12', berlin: '10.20.3.13' } as const;

// Runs sealed: with hosts of its own, and gateways at addresses that are not of loopback.
await openNetwork({ addresses: Object.values(hosts) });
const { kstatus, seed } = JSON.parse(process.argv[2] ?? '') as { kstatus: string; seed: number };
const random = randomOf(seed);
const implementation = await createSubject();
await nameHosts({});

/** The control plane alone; all else comes from Git. */
const bare = (name: Member) => startLightCluster(name, { manifests: ['manifests/00-namespace.yaml'] });

const london = await bare('london');
const desired = await renderFleet(london.kubectl);

async function arrives(cluster: LightDriver, name: Member): Promise<void> {
  const objects = shuffled(desired[name].objects, random);
  await applyAll(cluster, objects);
  await runDeployments(cluster, objects, { host: hosts[name], implementation });
}

async function serves(cluster: LightDriver, name: Member): Promise<void> {
  const offered = { ports: [{ name: 'http', port: 8_080, protocol: 'TCP' }] };
  await cluster.in('default').applies({ ...aSlice('hello', endpoint('10.7.0.1')), ...offered });
  await startEchoServer({ host: hosts[name], port: 8_080, says: () => name });
}

const calls = () =>
  eventually(async () => {
    const { status } = await london.in('default').get(serviceMirrors, 'hello');
    const [port] = (status?.backends ?? []).flatMap(({ cluster, ports }) =>
      cluster === 'paris' ? (ports ?? []).map(({ gatewayPort }) => gatewayPort) : [],
    );
    assert.ok(port !== undefined, 'no port leads to Paris yet');
    return call({ host: hosts.london, port });
  }, patience);

await playSealed(['anyOrder'], async (_name, tell) => {
  tell(`seed ${seed}`);
  // London is there alone, and not even its CA has come
  await arrives(london, 'london');
  await eventually(async () => {
    assert.ok((await reasonsIn(london)).includes('CertificateUnusable'));
    assert.deepEqual(new Set(Object.values(await statusesOf(london, kstatus))), new Set(['InProgress']));
  }, patience);

  // Berlin gets its CA first, and its network knows nobody yet
  const berlin = await bare('berlin');
  await berlin.kubectl.apply(desired.berlin.secret);
  await arrives(berlin, 'berlin');
  await serves(berlin, 'berlin');
  await london.kubectl.apply(desired.london.secret);

  // then Paris, whose CA comes last
  const paris = await bare('paris');
  await arrives(paris, 'paris');
  await serves(paris, 'paris');
  await nameHosts(Object.fromEntries(fleet.map((name) => [`gateway.${name}.example.com`, hosts[name]])));
  await paris.kubectl.apply(desired.paris.secret);

  await eventually(async () => {
    for (const cluster of [london, paris, berlin]) {
      const words = await statusesOf(cluster, kstatus);
      assert.deepEqual(
        words,
        Object.fromEntries(Object.keys(words).map((name) => [name, 'Current'])),
        `${cluster.name}: ${await reasonsOf(cluster)}`,
      );
    }
  }, patience);
  assert.equal(await calls(), 'paris');
});
