import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBinary } from '../../../tools/clusters/binaries.js';
import { toStderr } from '../../../tools/clusters/progress.js';
import { ensureProgramImage } from '../../../tools/images/testimages.js';
import { pods, serviceMirrors, services } from '../../../src/api/resources.js';
import { eventually } from '../../driver/eventually.js';
import { aService, exported, port, serviceSpec } from '../../gen/gen.js';
import { mirrorOf } from '../connect.js';
import type { E2eClusters } from '../clusters.js';

/** Every Kubernetes program, etcd among them, named by the first argument. */
const image = 'service-mirror-test/kube:1';

const members = ['etcd-0', 'etcd-1', 'etcd-2'] as const;
const ports = { client: 2379, peer: 2380 } as const;

/** Milliseconds; pods are started for it, and a name that is gone keeps its mirror for a minute. */
const patience = 120_000;

/**
 * A real clustered program is the judge: the members of an etcd in Paris find each other by their names, and so do clients in
 * London, where each name leads to its own member, also after that has restarted with another address.
 */
export async function callMembers(
  { london: hasty, paris: other }: E2eClusters,
  caller = 'caller',
): Promise<void> {
  const [london, paris] = [hasty.within(patience), other.within(patience)];
  await other.loadImage(await ensureProgramImage(image, await ensureBinary('kube', toStderr)));
  const data = await mkdtemp(join(tmpdir(), 'service-mirror-etcd-'));
  const service = aService(
    'etcd',
    port(ports.client, { name: 'client' }),
    port(ports.peer, { name: 'peer' }),
    // members find each other before they are ready
    serviceSpec({ clusterIP: 'None', publishNotReadyAddresses: true, selector: { app: 'etcd' } }),
    exported,
  );
  try {
    await paris.applies(service);
    await other.kubectl.apply(JSON.stringify(statefulSet(data)));
    await london.applies(mirrorOf('etcd', { as: 'etcd-paris' }));

    const ask = async (member: string, path: string, body: object = {}) => {
      const url = `http://${member}.etcd-paris.default.svc.cluster.local:${ports.client}/v3/${path}`;
      const text = await hasty.kubectl(
        ...['exec', caller, '--', 'curl', '--silent', '--show-error', '--fail', '--max-time', '5'],
        ...['--data', JSON.stringify(body), url],
      );
      return JSON.parse(text) as Record<string, unknown>;
    };
    /** The name of the member that answers under a name. */
    const answering = async (member: string) => {
      const { header } = (await ask(member, 'maintenance/status')) as { header: { member_id: string } };
      const list = (await ask(member, 'cluster/member/list')) as { members: { ID: string; name: string }[] };
      return list.members.find(({ ID }) => ID === header.member_id)?.name;
    };
    const eachAnswers = () =>
      eventually(async () => {
        for (const member of members) assert.equal(await answering(member), member);
      }, patience);

    await eachAnswers();
    const [key, value] = ['greeting', 'bonjour'].map((word) => Buffer.from(word).toString('base64'));
    await ask('etcd-0', 'kv/put', { key, value });
    const { kvs } = (await ask('etcd-2', 'kv/range', { key })) as { kvs: { value: string }[] };
    assert.equal(kvs[0]?.value, value);

    const addressOf = async (member: string) => (await paris.get(pods, member)).status?.podIP;
    const { clusterIP } = (await london.service('etcd-paris-etcd-1')).spec;
    const before = await addressOf('etcd-1');
    await paris.deletes(pods, 'etcd-1');
    await eventually(async () => {
      const now = await addressOf('etcd-1');
      assert.ok(now !== undefined && now !== before, `etcd-1 is at ${now}, and was at ${before}`);
    }, patience);
    await eachAnswers();
    assert.equal((await london.service('etcd-paris-etcd-1')).spec.clusterIP, clusterIP);

    await london.deletes(serviceMirrors, 'etcd-paris');
    await eventually(async () => {
      const left = [...(await london.list(serviceMirrors)), ...(await london.list(services))];
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('etcd')),
        [],
      );
    }, patience);
  } finally {
    await other.kubectl('delete', 'statefulset,service', 'etcd', '--ignore-not-found', '--wait=false');
    await eventually(async () => {
      const there = await paris.list(pods);
      assert.ok(!there.some(({ metadata }) => metadata.name.startsWith('etcd-')), 'members run');
    }, patience);
    await rm(data, { recursive: true, force: true });
  }
}

/** Members keep their data when they restart: etcd does not take a member back that has lost it. */
function statefulSet(data: string): object {
  const at = (member: string, number: number) => `http://${member}.etcd.default.svc.cluster.local:${number}`;
  const labels = { app: 'etcd' };
  const container = {
    ...{ name: 'etcd', image, imagePullPolicy: 'Never' },
    env: [{ name: 'MEMBER', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    args: [
      ...['etcd', '--name=$(MEMBER)', '--data-dir=/data/etcd', '--unsafe-no-fsync', '--log-level=warn'],
      ...[
        `--listen-client-urls=http://0.0.0.0:${ports.client}`,
        `--listen-peer-urls=http://0.0.0.0:${ports.peer}`,
      ],
      `--advertise-client-urls=${at('$(MEMBER)', ports.client)}`,
      `--initial-advertise-peer-urls=${at('$(MEMBER)', ports.peer)}`,
      `--initial-cluster=${members.map((member) => `${member}=${at(member, ports.peer)}`).join(',')}`,
    ],
    readinessProbe: { httpGet: { path: '/health', port: ports.client }, periodSeconds: 1 },
    volumeMounts: [{ name: 'data', mountPath: '/data', subPathExpr: '$(MEMBER)' }],
  };
  return {
    ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'etcd', namespace: 'default' } },
    spec: {
      ...{ serviceName: 'etcd', replicas: members.length, podManagementPolicy: 'Parallel' },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...{ terminationGracePeriodSeconds: 1, containers: [container] },
          volumes: [{ name: 'data', hostPath: { path: data, type: 'DirectoryOrCreate' } }],
        },
      },
    },
  };
}
