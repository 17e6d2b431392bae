import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../tools/clusters/exec.js';
import { root } from '../../tools/clusters/paths.js';
import { haproxyArchive } from '../../tools/images/haproxy.js';
import { ownNamespace, type ClusterDriver } from '../driver/cluster.js';
import { eventually } from '../driver/eventually.js';
import type { RealDriver } from '../driver/real.js';

/** The images that the manifests name, as archives, and what tells one build from another. */
export interface Images {
  readonly paths: readonly string[];
  readonly digest: string;
}

/** What `cdk8s synth` wrote: everything to install, and apart from it the read access that a peer needs. */
export const manifests = {
  install: join(root, 'manifests'),
  peerAccess: join(root, 'manifests/peer-access'),
};

/** Makes the images that the manifests name: the product's own, and HAProxy's. */
export async function buildImages(): Promise<Images> {
  await run([process.execPath, 'build/tools/images/main.js', 'image'], { cwd: root });
  const paths = [join(root, 'build/image.tar'), haproxyArchive];
  const hash = createHash('sha256');
  for (const path of paths) hash.update(await readFile(path));
  return { paths, digest: hash.digest('hex') };
}

/** Gives a cluster's nodes the images. */
export async function loadImages(cluster: RealDriver, { paths }: Images): Promise<void> {
  for (const path of paths) await cluster.loadImage(path);
}

/** Installs the manifests as they are, and returns what kubectl said. */
export function applyManifests({ kubectl }: ClusterDriver): Promise<string> {
  return kubectl('apply', '-f', manifests.install);
}

/** Waits until every replica of the operator and its gateways serves. */
export async function whenInstalled(cluster: ClusterDriver): Promise<void> {
  await eventually(async () => {
    const deployments = await readDeployments(cluster);
    const text = deployments
      .map(({ name, available, wanted }) => `${name} ${available}/${wanted}`)
      .join(', ');
    const all = deployments.length >= 3 && deployments.every(({ available, wanted }) => available === wanted);
    assert.ok(all, `Deployments of ${cluster.name} are not all available: ${text}`);
  }, 300_000);
}

interface DeploymentList {
  items: {
    metadata: { name: string };
    spec: { replicas: number };
    status: { updatedReplicas?: number; replicas?: number; availableReplicas?: number };
  }[];
}

async function readDeployments({ kube }: ClusterDriver) {
  const list = (await kube.raw(`/apis/apps/v1/namespaces/${ownNamespace}/deployments`)) as DeploymentList;
  return list.items.map(({ metadata: { name }, spec, status }) => ({
    name,
    wanted: spec.replicas,
    // a pod of an old template is no replica of what was installed
    available: status.replicas === status.updatedReplicas ? (status.availableReplicas ?? 0) : 0,
  }));
}
