import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClusters, openClusters, type ClusterSet } from '../tools/clusters/cluster.js';
import { root } from '../tools/clusters/paths.js';
import { exchangeLinks, namesInLondon, type Remote } from '../test/e2e/connect.js';
import type { Clusters } from '../test/driver/cluster.js';
import { applyManifests, buildImages, loadImages, whenInstalled, type Images } from '../test/e2e/install.js';
import { ownNamespace } from '../test/driver/cluster.js';
import { realClustersOf, type RealDriver } from '../test/driver/real.js';

import type { Interrupt } from './interrupt.js';
import type { Terminal } from './terminal.js';

/** Where clusters live until somebody removes them; `make clusters` uses it too. */
export const dir = join(root, '.clusters');

/** Says which build of the image runs in the clusters. */
const digestFile = join(dir, 'image.sha256');

/** Names of the clusters that London is linked to. */
type Others = readonly [Remote, ...Remote[]];

/** Gives London and others, the product in all of them and linked: what is there already is used again. */
export async function prepare<Names extends Others>(
  terminal: Terminal,
  interrupt: Interrupt,
  others: Names,
): Promise<Clusters<'london' | Names[number], RealDriver>> {
  const [set, images] = await Promise.all([
    clusters(terminal, interrupt, ['london', ...others]),
    terminal.step('the images of the operator and its gateways', buildImages),
  ]);
  const drivers = await realClustersOf<'london' | Names[number]>(set, 'london', ...others);
  const { london } = drivers as Clusters<'london', RealDriver>;
  const remotes = others.map((name) => drivers[name as Names[number]] as RealDriver);
  const all = [london, ...remotes];
  const each = all.length === 2 ? 'both' : 'all';
  await terminal.step(`kubectl apply -f manifests/, in ${each}`, () => install(all, images));
  await terminal.step('operators and gateways are up', () => Promise.all(all.map(whenInstalled)));
  const links = remotes.map(({ name }) => namesInLondon[name as Remote]).join(' and ');
  await terminal.step(
    `Links: ${links} in London, cluster-b in ${remotes.length === 1 ? 'Paris' : 'the others'}`,
    () => Promise.all(remotes.map((remote) => exchangeLinks(london, remote))),
  );
  return drivers;
}

async function clusters(
  terminal: Terminal,
  { signal, hold }: Interrupt,
  names: readonly string[],
): Promise<ClusterSet> {
  const standing = await openClusters(dir);
  const said = `clusters ${names.join(names.length === 2 ? ' and ' : ', ')}`;
  if (standing) {
    const lacking = names.filter((name) => standing.clusters[name] === undefined);
    if (lacking.length > 0)
      throw new Error(
        `there are clusters without ${lacking.join()} already: remove them with \`make demo-down\``,
      );
    terminal.say(`  ✓ ${said} are there`);
    return standing;
  }
  return terminal.step(said, () =>
    hold(createClusters([...names], { dir, signal, progress: terminal.progress })),
  );
}

/** Another build under the same name is not noticed by pods that run: they are replaced. */
async function install(all: readonly RealDriver[], images: Images): Promise<void> {
  const isNew = !existsSync(digestFile) || (await readFile(digestFile, 'utf8')) !== images.digest;
  await Promise.all(
    all.map(async (cluster) => {
      if (isNew) await loadImages(cluster, images);
      await applyManifests(cluster);
      if (isNew && existsSync(digestFile))
        await cluster.kubectl(`rollout restart deployment -n ${ownNamespace}`);
    }),
  );
  await writeFile(digestFile, images.digest);
}
