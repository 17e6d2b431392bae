import { services } from '../src/api/resources.js';
import { eventually } from '../test/driver/eventually.js';
import type { ClusterDriver } from '../test/driver/cluster.js';
import { whenLogged } from './story.js';
import type { Terminal } from './terminal.js';

/** London and two clusters that it mirrors, and what cuts the network between two of them. */
export interface Stage {
  readonly london: ClusterDriver;
  readonly paris: ClusterDriver;
  readonly lyon: ClusterDriver;
  cut(a: string, b: string): Promise<void>;
  restore(a: string, b: string): Promise<void>;
}

const name = 'hello-everywhere';

/** Shows one name over three clusters, from the beginning, however far an earlier performance came. */
export async function tellFailover(terminal: Terminal, stage: Stage): Promise<void> {
  const { london, paris, lyon } = stage;
  const run = async (cluster: ClusterDriver, words: string) =>
    terminal.command(cluster.name, `kubectl ${words}`, await cluster.kubectl(words));
  const answeredBy = (city: string) => whenLogged(london, new RegExp(`^hello-${city}-`));
  await terminal.wait('clearing the stage', () => clear(stage));

  terminal.chapter('Each cluster runs hello; its pods answer with their names, which begin with the city');
  for (const cluster of [london, paris, lyon])
    await run(cluster, `apply -f demo/failover/hello-${cluster.name}.yaml`);
  await terminal.wait('waiting for the pods', () =>
    Promise.all(
      [london, paris, lyon].map((cluster) =>
        cluster.kubectl(`rollout status deployment/hello-${cluster.name}`),
      ),
    ),
  );

  terminal.chapter(
    `One name for all of them (examples/${name}.yaml): first London's own pods, then Paris (cluster-a), then Lyon`,
  );
  await run(london, `apply -f examples/${name}.yaml -f demo/failover/frontend.yaml`);
  await terminal.wait('waiting for answers', () => answeredBy('london'));
  await run(london, `get servicemirrors ${name}`);
  await run(london, 'logs frontend --tail=3');

  terminal.chapter("London's pods go: Paris answers");
  await run(london, 'scale deployment/hello-london --replicas=0');
  await terminal.wait('waiting for Paris', () => answeredBy('paris'));
  await run(london, 'logs frontend --tail=8');

  terminal.chapter('The network to Paris is cut: Lyon answers');
  await stage.cut('london', 'paris');
  try {
    await terminal.wait('waiting for Lyon', () => answeredBy('lyon'));
    await run(london, `get servicemirrors ${name}`);
    await run(london, 'logs frontend --tail=3');
    await run(london, `get events --field-selector=reason=BackendsChanged`);
  } finally {
    await stage.restore('london', 'paris');
  }

  terminal.chapter('The network is back, and so are the pods of London');
  await terminal.wait('waiting for Paris', () => answeredBy('paris'));
  await run(london, 'scale deployment/hello-london --replicas=2');
  await terminal.wait('waiting for London', () => answeredBy('london'));
  await run(london, `get servicemirrors ${name}`);
}

async function clear(stage: Stage): Promise<void> {
  const { london, paris, lyon } = stage;
  await stage.restore('london', 'paris');
  await london.kubectl(`delete servicemirrors/${name} pods/frontend --ignore-not-found`);
  await Promise.all(
    [london, paris, lyon].map((cluster) =>
      cluster.kubectl(
        `delete deployments --field-selector=metadata.name=hello-${cluster.name} --ignore-not-found`,
      ),
    ),
  );
  await eventually(() => london.isGone(services, name), 30_000);
}
