import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClusters, openClusters, type ClusterSet } from '../tools/clusters/cluster.js';
import { root } from '../tools/clusters/paths.js';
import { connect } from '../test/e2e/connect.js';
import { applyManifests, buildImages, loadImages, whenInstalled, type Images } from '../test/e2e/install.js';
import { ownNamespace } from '../test/driver/cluster.js';
import { realClustersOf, type RealDriver } from '../test/driver/real.js';

import type { Interrupt } from './interrupt.js';
import type { Terminal } from './terminal.js';

/** Where clusters live until somebody removes them; `make clusters` uses it too. */
export const dir = join(root, '.clusters');

/** Says which build of the image runs in the clusters. */
const digestFile = join(dir, 'image.sha256');

/** Gives London and Paris, the product in both and linked: what is there already is used again. */
export async function prepare(
  terminal: Terminal,
  interrupt: Interrupt,
): Promise<[london: RealDriver, paris: RealDriver]> {
  const [set, images] = await Promise.all([
    clusters(terminal, interrupt),
    terminal.step('the images of the operator and its gateways', buildImages),
  ]);
  const { london, paris } = await realClustersOf(set, 'london', 'paris');
  await terminal.step('kubectl apply -f manifests/, in both', () => install([london, paris], images));
  await terminal.step('Links: cluster-a in London, cluster-b in Paris', () => connect(london, paris));
  await terminal.step('operators and gateways are up', () => Promise.all([london, paris].map(whenInstalled)));
  return [london, paris];
}

async function clusters(terminal: Terminal, { signal, hold }: Interrupt): Promise<ClusterSet> {
  const standing = await openClusters(dir);
  if (standing) {
    terminal.say('  ✓ clusters london and paris are there');
    return standing;
  }
  return terminal.step('clusters london and paris', () =>
    hold(createClusters(['london', 'paris'], { dir, signal, progress: terminal.progress })),
  );
}

/** Another build under the same name is not noticed by pods that run: they are replaced. */
async function install(both: readonly RealDriver[], images: Images): Promise<void> {
  const isNew = !existsSync(digestFile) || (await readFile(digestFile, 'utf8')) !== images.digest;
  await Promise.all(
    both.map(async (cluster) => {
      if (isNew) await loadImages(cluster, images);
      await applyManifests(cluster);
      if (isNew && existsSync(digestFile))
        await cluster.kubectl(`rollout restart deployment -n ${ownNamespace}`);
    }),
  );
  await writeFile(digestFile, images.digest);
}
