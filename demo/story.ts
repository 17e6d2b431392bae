import { services } from '../src/api/resources.js';
import { exportLabel, linkNames } from '../test/e2e/connect.js';
import { eventually } from '../test/driver/eventually.js';
import type { ClusterDriver } from '../test/driver/cluster.js';
import type { Terminal } from './terminal.js';

/** Plays the walkthrough from its beginning, however far an earlier performance came. */
export async function tell(
  terminal: Terminal,
  [london, paris]: [ClusterDriver, ClusterDriver],
): Promise<void> {
  const run = async (cluster: ClusterDriver, words: string) =>
    terminal.command(cluster.name, `kubectl ${words}`, await cluster.kubectl(words));
  await terminal.wait('clearing the stage', () => clear(london, paris));

  terminal.chapter('Paris, which London calls cluster-a, runs hello: pods that answer with their host name');
  await run(paris, 'apply -f examples/hello-service.yaml -f demo/hello-deployment.yaml');
  await terminal.wait('waiting for the pods', () =>
    paris.kubectl('rollout status deployment/hello-deployment'),
  );
  await run(paris, 'get pods -l app=hello');

  terminal.chapter('London has a frontend that asks for hello again and again, and no such service');
  await run(london, 'apply -f demo/frontend.yaml');
  await terminal.wait('waiting for the first failures', () => whenLogged(london, /^curl: /));
  await run(london, 'logs frontend --tail=2');

  terminal.chapter(
    'London asks for a mirror of it (examples/hello-mirror.yaml); Paris does not export it yet',
  );
  await run(london, 'apply -f examples/hello-mirror.yaml');
  const mirror = 'hello-mirror';
  await terminal.wait('waiting for the operator', () =>
    london.mirrorSays(mirror, 'Ready=False/RemoteServiceNotFound'),
  );
  await run(london, 'get servicemirrors');

  terminal.chapter('Paris exports it');
  await run(paris, `label service hello ${exportLabel}=true`);
  await terminal.wait('waiting for an answer', async () => {
    await london.mirrorSays(mirror, 'Ready=True');
    await london.linkSays(linkNames.toParis, 'Ready=True');
    await whenLogged(london, /^hello-deployment-/);
  });
  await run(london, 'logs frontend --tail=6');
  await run(london, 'get servicemirrors');
  await run(london, 'get links.linkerd.io');

  terminal.chapter('The Service hello of London leads to its own egress gateway, and to no pod of Paris');
  await run(london, 'get service,endpointslices -l linkerd.io/service-mirror=hello-mirror');
  await run(
    london,
    'get pods -A -l app.kubernetes.io/component=egress -o custom-columns=NAME:.metadata.name,IP:.status.podIP',
  );
}

async function clear(london: ClusterDriver, paris: ClusterDriver): Promise<void> {
  await Promise.all([
    london.kubectl('delete servicemirrors/hello-mirror pods/frontend --ignore-not-found'),
    paris.kubectl(`label service --field-selector=metadata.name=hello ${exportLabel}-`),
  ]);
  await eventually(() => london.isGone(services, 'hello'), 30_000);
}

/** Waits until the last two lines of the frontend's log are such. */
export function whenLogged(london: ClusterDriver, line: RegExp): Promise<boolean> {
  return eventually(
    async () => {
      const lines = (await london.kubectl('logs frontend --tail=2')).trimEnd().split('\n');
      const all = lines.length === 2 && lines.every((text) => line.test(text));
      if (!all) throw new Error(`the frontend logs ${lines.join(' and ')}`);
      return all;
    },
    60_000,
    200,
  );
}
