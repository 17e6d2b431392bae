import { createSubject } from '../../conformance/haproxy/subject.js';
import { eventually } from '../../driver/eventually.js';
import { openNetwork } from '../../../tools/clusters/sealed.js';
import { linkBoth } from '../../driver/gateways.js';
import { playSealed } from '../../driver/stories.js';
import { call, startEchoServer, startTraffic } from '../../driver/traffic.js';
import { patience, type CertManagerStory } from './story.js';
import { issuing } from './stories/issuing.js';
import { renewing } from './stories/renewing.js';
import { replacing } from './stories/replacing.js';
import { appliesExample, startCertified } from './cluster.js';

const stories = { issuing, renewing, replacing };

const addresses = ['10.20.2.11', '10.20.2.12'] as const;

// Runs sealed: the gateways' addresses must not be of loopback, which no EndpointSlice may hold.
await openNetwork({ addresses });
const crds = JSON.parse(process.argv[2] ?? '') as readonly string[];
const common = { crds, implementation: await createSubject() };
const [london, paris] = await Promise.all([
  startCertified('london', { host: addresses[0], ...common }),
  startCertified('paris', { host: addresses[1], ...common }),
]);
for (const cluster of [london, paris])
  for (const file of ['root.yaml', 'certificates.yaml']) await appliesExample(cluster, file);
const server = await startEchoServer();
const port = await linkBoth(london, paris, { ways: 'two ways', service: server.port });
const destination = { host: london.host, port };
await eventually(() => call(destination), patience);
const traffic = await startTraffic(() => destination, { callers: 4, streams: 4 });
const story: CertManagerStory = { london, paris, traffic };

await playSealed(['issuing', 'renewing', 'replacing'], async (name, tell) => {
  try {
    await stories[name](story);
  } catch (error) {
    for (const { name, certManager } of [london, paris])
      tell(`cert-manager of ${name}:\n${await certManager.log()}`);
    throw error;
  }
});
