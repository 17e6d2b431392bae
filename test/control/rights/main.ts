import { playSealed } from '../../driver/stories.js';
import { startEchoServer } from '../../driver/traffic.js';
import { startOrderClusters } from '../order/clusters.js';
import { automatic } from './stories/automatic.js';
import { cut } from './stories/cut.js';
import { impostors } from './stories/impostors.js';
import { pods } from './stories/pods.js';
import { statefulset } from './stories/statefulset.js';
import { targets } from './stories/targets.js';
import { servicePort } from './story.js';

const stories = { targets, pods, statefulset, automatic, impostors, cut };

// Runs sealed: every ClusterIP of Paris is an address of its own network.
const clusters = await startOrderClusters(JSON.parse(process.argv[2] ?? '') as string);
await startEchoServer({
  ...{ host: '0.0.0.0', port: servicePort },
  says: ({ localAddress = '' }) => localAddress.replace('::ffff:', ''),
});
await playSealed(['targets', 'pods', 'statefulset', 'automatic', 'impostors', 'cut'], (name, tell) =>
  stories[name]({ clusters, tell }),
);
