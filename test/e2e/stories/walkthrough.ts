import assert from 'node:assert/strict';
import { pods } from '../../../src/api/resources.js';
import { exportLabel } from '../connect.js';
import { eventually } from '../../driver/eventually.js';
import { ownPods } from '../look.js';
import type { ClusterDriver } from '../../driver/cluster.js';
import type { E2eClusters } from '../clusters.js';

/** The walkthrough: a loop in London fails until Paris exports its service, and then is answered by Paris's pods. */
export async function tellWalkthrough({ london, paris }: E2eClusters): Promise<void> {
  await Promise.all([
    paris.kubectl('apply -f examples/hello-service.yaml -f demo/hello-deployment.yaml'),
    london.kubectl('apply -f demo/frontend.yaml'),
  ]);
  await whenFrontendLogs(london, /Could not resolve host/);

  await london.kubectl('apply -f examples/hello-mirror.yaml');
  await london.mirrorSays('hello-mirror', 'Ready=False/NotExported', 'Synced=True');
  assert.match(await london.kubectl('get servicemirrors hello-mirror'), /\bFalse\b.*\bNotExported\b/);

  await paris.kubectl(`label service hello ${exportLabel}=true`);
  await london.mirrorSays('hello-mirror', 'Ready=True');
  await whenFrontendLogs(london, /hello-deployment-/);
  const servers = await namesOf(paris, 'hello');
  assert.equal(servers.length, 2);
  for (const server of servers) await whenFrontendLogs(london, new RegExp(server));
  assert.match(await london.kubectl('get servicemirrors hello-mirror'), /\bTrue\b.*\b2\/2\b.*\bReady\b/);
  assert.match(await london.kubectl('get links.linkerd.io'), /cluster-a +gateway +True +True +True +1\/1/);
}

/** The mirror's Service has no selector, and its slices lead to London's egress gateway and to no pod of Paris. */
export async function inspectMirror({ london, paris }: E2eClusters): Promise<void> {
  const service = await london.service('hello');
  assert.equal(service.spec.selector, undefined);
  assert.equal(service.metadata.ownerReferences?.[0]?.kind, 'ServiceMirror');
  const slices = await london.slices('hello');
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const listed = endpoints.flatMap(({ addresses }) => addresses);
  const gateways = await ownPods(london, 'egress');
  assert.deepEqual(listed.toSorted(), gateways.map(({ status }) => status?.podIP).toSorted());
  const remote = new Set((await paris.everywhere(pods)).map(({ status }) => status?.podIP));
  assert.deepEqual(
    listed.filter((address) => remote.has(address)),
    [],
  );
  for (const { targetRef, nodeName } of endpoints) {
    assert.deepEqual({ targetRef, nodeName }, { targetRef: undefined, nodeName: undefined });
  }
}

function whenFrontendLogs(london: ClusterDriver, text: RegExp): Promise<void> {
  return eventually(
    async () => {
      const log = await london.kubectl('logs frontend --tail=20');
      assert.match(log, text, `the frontend logs ${log.trim().split('\n').at(-1)}`);
    },
    30_000,
    500,
  );
}

async function namesOf(cluster: ClusterDriver, app: string): Promise<string[]> {
  const all = await cluster.list(pods);
  return all.filter(({ metadata }) => metadata.labels?.app === app).map(({ metadata }) => metadata.name);
}
