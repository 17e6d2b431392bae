import { after, before, suite } from 'node:test';
import { readOnly, startLightClusters, type LightDriver } from '../../driver/light.js';
import type { Clusters } from '../../driver/cluster.js';
import type { Operator } from '../../driver/operator.js';
import { importing, over } from '../../gen/gen.js';
import { federated } from './topics/federated.js';
import { several } from './topics/several.js';
import { specify } from './world.js';

suite('what London shows of several clusters at once', () => {
  let clusters: Clusters<'london' | 'paris' | 'lyon', LightDriver>;
  let operator: Operator;
  before(async () => {
    const read = { manifests: readOnly };
    clusters = await startLightClusters({ london: {}, paris: read, lyon: read });
    for (const name of ['paris', 'lyon'] as const)
      await clusters.london.link(
        name,
        await clusters[name].access('peer-london'),
        over('flat'),
        importing({ federated: {} }),
      );
    operator = await clusters.london.startOperator('--no-leader-election');
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });
  specify('several', several, () => clusters);
  specify('federated', federated, () => clusters);
});
