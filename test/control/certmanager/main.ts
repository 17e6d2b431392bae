import assert from 'node:assert/strict';
import { run } from '../../../tools/clusters/exec.js';
import { createImplementation } from '../../conformance/haproxy/implementation.js';
import { eventually } from '../../driver/eventually.js';
import { outcomeMark } from '../../../tools/clusters/sealed.js';
import { linkRotationClusters } from '../rotation/link.js';
import { ask, startEcho, startTraffic } from '../rotation/traffic.js';
import { patience, type Ends, type CertManagerStory } from './stage.js';
import { issuing } from './stories/issuing.js';
import { renewing } from './stories/renewing.js';
import { replacing } from './stories/replacing.js';
import { appliesExample, openCertifiedCluster } from './cluster.js';

const stories: Readonly<Record<string, (stage: CertManagerStory) => Promise<void>>> = {
  issuing,
  renewing,
  replacing,
};

const addresses = ['10.20.2.11', '10.20.2.12'] as const;

// Runs sealed: the gateways' addresses must not be of loopback, which no EndpointSlice may hold.
const commands = ['link set lo up', ...addresses.map((ip) => `address add ${ip}/32 dev lo`)];
await run(['ip', '-batch', '-'], { input: commands.join('\n') });
const crds = JSON.parse(process.argv[2] ?? '') as readonly string[];
const common = { crds, implementation: await createImplementation() };
const [london, paris] = await Promise.all([
  openCertifiedCluster('london', { host: addresses[0], ...common }),
  openCertifiedCluster('paris', { host: addresses[1], ...common }),
]);
for (const town of [london, paris])
  for (const file of ['root.yaml', 'certificates.yaml']) await appliesExample(town, file);
const echo = await startEcho();
const port = await linkRotationClusters(london, paris, { ways: 'two ways', service: echo.port });
await eventually(async () => assert.equal(await ask(london.host, port), 'hello'), patience);
const stage: CertManagerStory = { london, paris, traffic: await startTraffic(london.host, port) };

const ends: Record<string, Ends[string]> = {};
for (const [name, play] of Object.entries(stories)) {
  const started = performance.now();
  const failure = await play(stage).then(
    () => undefined,
    (error: Error) => error.stack ?? error.message,
  );
  if (failure !== undefined)
    for (const { name, certManager } of [london, paris])
      console.log(`cert-manager of ${name}:\n${await certManager.log()}`);
  ends[name] = { failure };
  console.log(`${name}: ${((performance.now() - started) / 1_000).toFixed(1)} s`);
}
console.log(`${outcomeMark}${JSON.stringify(ends)}`);
// everything that was started dies with us
process.exit(0);
