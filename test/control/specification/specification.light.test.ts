import { before, suite } from 'node:test';
import { withOperator } from '../operator/clusters.js';
import { automaticMirrors } from './topics/automatic.js';
import { drift } from './topics/drift.js';
import { endpoints } from './topics/endpoints.js';
import { headlessServices } from './topics/headless.js';
import { metadata } from './topics/metadata.js';
import { mirrors } from './topics/mirrors.js';
import { names } from './topics/names.js';
import { ports } from './topics/ports.js';
import { quiet } from './topics/quiet.js';
import { refusals } from './topics/refusals.js';
import { remoteServices } from './topics/remote.js';
import { clocks, starts } from './topics/starts.js';
import { unsupported } from './topics/unsupported.js';
import { specify } from './world.js';

const bothFamilies = { apiServerArgs: ['--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112'] };

suite('what London shows of Paris', () => {
  const { clusters, operator, restarted } = withOperator({ london: bothFamilies, paris: bothFamilies });

  suite('side by side', { concurrency: 2 }, () => {
    specify('mirrors', mirrors, clusters);
    specify('ports', ports, clusters);
    specify('endpoints', endpoints, clusters);
    specify('headless', headlessServices, clusters);
    specify('metadata', metadata, clusters);
    specify('remote services', remoteServices, clusters);
    specify('automatic mirrors', automaticMirrors, clusters);
    specify('names', names, clusters);
    specify('drift', drift, clusters);
    specify('quiet', quiet, clusters);
    specify('refusals', refusals, clusters);
    specify('unsupported', unsupported, clusters);
  });
  specify('starts', starts(restarted), clusters, 1);
  suite('in this process', () => {
    before(() => operator().stop());
    specify(
      'clocks',
      clocks(() => clusters().london),
      clusters,
      1,
    );
  });
});
