import { after, before, suite, test } from 'node:test';
import { toStderr } from '../../tools/clusters/progress.js';
import { createInstalled } from './clusters.js';
import { diagnose } from './diagnose.js';
import { callMembers } from './stories/etcd.js';
import {
  caller,
  divideByWeight,
  everywhere,
  loseAll,
  loseGateway,
  loseGatewayWithoutOperator,
  loseLocalPods,
  loseNetwork,
  openShops,
  reachNoApiServer,
  type Tell,
  type ThreeClusters,
} from './stories/failover.js';
import { federate } from './stories/federation.js';
import { startCallers } from './traffic.js';

suite(
  'one name over three real clusters whose API servers no other cluster reaches',
  { timeout: 600_000 },
  () => {
    let clusters: ThreeClusters;
    before(async () => {
      clusters = await createInstalled(['paris', 'lyon'], { progress: toStderr, linking: 'documents' });
      await openShops(clusters);
      // a call that hangs says nothing about those that could have begun meanwhile
      await startCallers(clusters.london, [everywhere], '2s');
    });
    after(() => clusters?.close());

    /** Tells one story; when it fails, says everything that could explain it. */
    function story(title: string, play: (clusters: ThreeClusters, tell: Tell) => Promise<void>): void {
      test(title, async (t) => {
        try {
          await play(clusters, (line) => t.diagnostic(line));
        } catch (error) {
          const { london, paris, lyon } = clusters;
          process.stderr.write(`${await diagnose([london, paris, lyon])}\n`);
          throw error;
        }
      });
    }

    story('two clusters serve together, three to one, and one of them leaves', divideByWeight);
    story('Services that are labelled as members answer under one name, in three clusters', federate);
    story('no pod of London reaches the API server of Paris or Lyon', reachNoApiServer);
    story('a three-member etcd of Paris: each name leads to its own member, also after a restart', (all) =>
      callMembers(all, caller),
    );
    story("this cluster's pods go: the next priority answers, until they are back", loseLocalPods);
    story("Paris's gateway is killed: Lyon answers, until it is back", loseGateway);
    story(
      "Paris's gateway is killed while no operator runs: Lyon answers all the same",
      loseGatewayWithoutOperator,
    );
    story('Paris falls silent: Lyon answers, until it is back', loseNetwork);
    story('nobody is left: the mirror says so, and the first one that is back serves', loseAll);
  },
);
