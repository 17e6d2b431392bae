import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { connect, read } from '../../../test/conformance/client.js';
import { freePort } from '../../../test/conformance/ports.js';
import { startRelay } from '../../../test/conformance/relay.js';
import { eventually } from '../../../test/driver/eventually.js';
import {
  anOperator,
  host,
  leaf,
  london,
  peersAt,
  say,
  serviceId,
  startLondon,
  startParis,
} from '../../../test/gen/egress.js';
import { aMirror, ofClusters, withStatus } from '../../../test/gen/gen.js';
import type { BackendStatus } from '../../api/mirrorstatus.js';
import { configMaps, secrets, serviceMirrors } from '../../api/resources.js';

/** London with a mirror of two clusters, each behind a relay. The port of each leads to it. */
async function startTwofold(t: TestContext) {
  const [applied, ports, ingresses, relays] = [
    await startLondon(t),
    { paris: await freePort(), lyon: await freePort() },
    { paris: await startNamed(t, 'paris'), lyon: await startNamed(t, 'lyon') },
    { paris: await freePort(), lyon: await freePort() },
  ];
  const { api, port } = applied;
  const relay = (name: 'paris' | 'lyon') =>
    startRelay({ host, port: relays[name], to: { host, port: ingresses[name] } });
  const record = (cluster: 'paris' | 'lyon', more: Partial<BackendStatus> = {}): BackendStatus => ({
    ...{ cluster, namespace: 'default', name: 'hello', state: 'Serving', priority: 0, weight: 1 },
    ports: [{ port: 80, protocol: 'TCP', gatewayPort: ports[cluster] }],
    ...more,
  });
  const tell = (...backends: BackendStatus[]) =>
    api.put(serviceMirrors, aMirror('m', ofClusters('paris', 'lyon'), withStatus({ backends })));
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peersAt(relays));
  return { ports, relay, record, tell, operator: anOperator(t, port) };
}

/** A gateway of Paris behind which everybody is told a name. */
function startNamed(t: TestContext, name: string): Promise<number> {
  return startParis(t, (socket) => socket.on('data', () => socket.write(name)).on('end', () => socket.end()));
}

test('all connections go to the next cluster while a link is silent, none fails, and they come back', async (t) => {
  const { ports, relay, record, tell, operator } = await startTwofold(t);
  await using _lyon = await relay('lyon');
  const paris = await relay('paris');
  tell(record('paris'), record('lyon', { state: 'Standby', priority: 1 }));
  const isHealthy = (link: string, healthy: boolean) => operator.last()?.links.get(link)?.healthy === healthy;
  await eventually(() => isHealthy('paris', true) && isHealthy('lyon', true));
  await eventually(async () => assert.equal(await say(ports.paris, '?'), 'paris'));
  const routes = new Map([
    [ports.paris, { link: 'paris', serviceId }],
    [ports.lyon, { link: 'lyon', serviceId }],
  ]);
  const reported = () => assert.deepEqual(new Map(operator.last()?.routes), routes);
  reported();

  await paris[Symbol.asyncDispose]();
  await eventually(async () => assert.equal(await say(ports.paris, '?'), 'lyon'));
  for (let round = 0; round < 20; round++) assert.equal(await say(ports.paris, '?'), 'lyon');
  const live = await connect(ports.paris);
  live.write('?');
  assert.equal((await read(live, 4)).toString(), 'lyon');
  await eventually(() => isHealthy('paris', false));
  reported();

  await using _paris = await relay('paris');
  await eventually(async () => assert.equal(await say(ports.paris, '?'), 'paris'));
  for (let round = 0; round < 20; round++) assert.equal(await say(ports.paris, '?'), 'paris');
  live.write('?');
  assert.equal((await read(live, 4)).toString(), 'lyon', 'a live connection stays');
  live.destroy();
});

test('a cluster that leaves takes the connections with it that came over the port of another', async (t) => {
  const { ports, relay, record, tell } = await startTwofold(t);
  await using _lyon = await relay('lyon');
  await using _paris = await relay('paris');
  tell(record('paris'), record('lyon', { state: 'NotReady' }));
  await eventually(async () => assert.equal(await say(ports.lyon, '?'), 'paris'));
  const [crossed, straight] = [await connect(ports.lyon), await connect(ports.paris)];
  const who = async (socket: typeof crossed) => (socket.write('?'), (await read(socket, 5)).toString());
  assert.deepEqual([await who(crossed), await who(straight)], ['paris', 'paris']);
  tell(record('paris'));
  await eventually(() =>
    say(ports.lyon, '?').then(
      () => false,
      () => true,
    ),
  );
  assert.deepEqual([await who(crossed), await who(straight)], ['paris', 'paris'], 'its own cluster stays');
  tell(record('paris', { ports: [], state: 'NotReady' }), record('lyon'));
  await eventually(() => crossed.destroyed && straight.destroyed);
});
