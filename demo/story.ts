import { services } from '../src/api/resources.js';
import { exportLabel, linkNames } from '../test/e2e/connect.js';
import { eventually } from '../test/e2e/eventually.js';
import { aLink, aMirror, isGone, whenConditions } from '../test/e2e/look.js';
import type { E2eCluster } from '../test/driver/real.js';
import type { Terminal } from './terminal.js';

/** Plays the walkthrough from its beginning, however far an earlier performance came. */
export async function tell(terminal: Terminal, [london, paris]: [E2eCluster, E2eCluster]): Promise<void> {
  const run = async (site: E2eCluster, words: string) =>
    terminal.command(site.cluster.name, `kubectl ${words}`, await site.kubectl(words));
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
  const mirror = aMirror('hello-mirror');
  await terminal.wait('waiting for the operator', () =>
    whenConditions(london, mirror, ['Ready=False/NotExported']),
  );
  await run(london, 'get servicemirrors');

  terminal.chapter('Paris exports it');
  await run(paris, `label service hello ${exportLabel}=true`);
  await terminal.wait('waiting for an answer', async () => {
    await whenConditions(london, mirror, ['Ready=True']);
    await whenConditions(london, aLink(linkNames.toParis), ['Ready=True']);
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

async function clear(london: E2eCluster, paris: E2eCluster): Promise<void> {
  await Promise.all([
    london.kubectl('delete servicemirrors/hello-mirror pods/frontend --ignore-not-found'),
    paris.kubectl(`label service --field-selector=metadata.name=hello ${exportLabel}-`),
  ]);
  await eventually(
    'the mirror to go',
    () => isGone(london, [services, 'default/hello']),
    (gone) => gone,
  );
}

/** Waits until the last two lines of the frontend's log are such. */
function whenLogged(london: E2eCluster, line: RegExp): Promise<string[]> {
  return eventually(
    `the frontend to log ${line}`,
    async () => (await london.kubectl('logs frontend --tail=2')).trimEnd().split('\n'),
    (lines) => lines.length === 2 && lines.every((text) => line.test(text)),
    { within: 60_000, every: 200 },
  );
}
