import assert from 'node:assert/strict';
import { haproxyFolder, ownNames } from '../../../src/api/names.js';
import { dial, echoPorts } from '../echo.js';
import { eventually } from '../../driver/eventually.js';
import { whenInstalled } from '../install.js';
import { ownNamespace, type ClusterDriver } from '../../driver/cluster.js';
import type { E2eClusters } from '../clusters.js';
import { underTraffic, whenAnswered } from '../traffic.js';

type Role = 'egress' | 'ingress';

/** HAProxy ends at once in every gateway pod; each has it again with the same state, and no agent notices more of it. */
export async function endHaproxies({ london, paris }: E2eClusters): Promise<void> {
  const gateways: [ClusterDriver, Role][] = [
    [london, 'egress'],
    [paris, 'ingress'],
  ];
  for (const [cluster, role] of gateways) {
    const before = await containersOf(cluster, role);
    assert.equal(before.length, 2);
    await Promise.all(before.map(({ pod }) => endHaproxy(cluster, pod, role)));
    const after = await eventually(async () => {
      const pods = await containersOf(cluster, role);
      const isBack = pods.every(({ ready, haproxy }, at) => ready && haproxy > before[at]!.haproxy);
      assert.ok(isBack, `HAProxy of the ${role} gateways is not back: ${JSON.stringify(pods)}`);
      return pods;
    }, 60_000);
    assert.deepEqual(
      after.map(({ pod, agent }) => [pod, agent]),
      before.map(({ pod, agent }) => [pod, agent]),
    );
    await whenAnswered(london);
  }
}

/** Both sides get new gateway pods: no call fails, and a stream that is shorter than the time to drain is not cut. */
export async function replaceGateways({ london, paris }: E2eClusters): Promise<void> {
  const gateways: [ClusterDriver, Role][] = [
    [london, 'egress'],
    [paris, 'ingress'],
  ];
  for (const [cluster, role] of gateways) {
    await underTraffic(london, async () => {
      const stream = dial(london, 'caller', `-up 2000000 -over 20s bar-paris:${echoPorts.tcp}`);
      await cluster.kubectl(`rollout restart -n ${ownNamespace} deployment/${ownNames[role]}`);
      await whenInstalled(cluster);
      assert.deepEqual((await stream).failures, []);
    });
  }
}

interface PodList {
  items: {
    metadata: { name: string };
    status: Partial<Record<'initContainerStatuses' | 'containerStatuses', ContainerStatus[]>>;
  }[];
}

interface ContainerStatus {
  name: string;
  ready: boolean;
  restartCount: number;
}

/** How often the containers of a role's pods have been started again, by the pods' names. */
async function containersOf({ kube }: ClusterDriver, role: Role) {
  const query = `labelSelector=app.kubernetes.io/component%3D${role}`;
  const list = (await kube.raw(`/api/v1/namespaces/${ownNamespace}/pods?${query}`)) as PodList;
  return list.items
    .map(({ metadata, status: { initContainerStatuses = [], containerStatuses = [] } }) => {
      const restarts = (name: string) =>
        [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name)
          ?.restartCount ?? 0;
      return {
        pod: metadata.name,
        ready: containerStatuses.length > 0 && containerStatuses.every(({ ready }) => ready),
        haproxy: restarts('haproxy'),
        agent: restarts(role),
      };
    })
    .toSorted((a, b) => a.pod.localeCompare(b.pod));
}

/** Has a worker end with a failure, by the socket that only its own pod reaches; the rest of HAProxy follows. */
async function endHaproxy(cluster: ClusterDriver, pod: string, role: Role): Promise<void> {
  const socket = JSON.stringify(`${haproxyFolder.path}/admin.sock`);
  const script = `require('net').connect(${socket}).end('expert-mode on; debug dev exit 9\\n')`;
  await cluster.kubectl('exec', '-n', ownNamespace, pod, '-c', role, '--', '/usr/bin/node', '-e', script);
}
