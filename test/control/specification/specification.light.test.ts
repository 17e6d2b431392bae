import { suite } from 'node:test';
import { withOperator } from '../operator/clusters.js';
import { automaticMirrors } from './topics/automatic.js';
import { mirrors } from './topics/mirrors.js';
import { ports } from './topics/ports.js';
import { remoteServices } from './topics/remote.js';
import { specify } from './world.js';

suite('what London shows of Paris', { concurrency: 2 }, () => {
  const { clusters } = withOperator();
  specify('mirrors', mirrors, clusters);
  specify('ports', ports, clusters);
  specify('remote services', remoteServices, clusters);
  specify('automatic mirrors', automaticMirrors, clusters);
});
