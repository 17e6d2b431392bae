import type { KubeObject } from '../../../src/api/objects.js';
import { links, serviceMirrors, services, type Resource } from '../../../src/api/resources.js';
import { linkNames } from '../connect.js';
import { echoServers } from '../echo.js';
import { eventually } from '../eventually.js';
import { mirrorOf, serviceOf } from '../objects.js';
import type { E2eCluster } from '../../driver/real.js';
import type { E2eClusters } from '../stage.js';

/** Objects that are on their way at the same time. */
const atOnce = 32;

/** Name of the n-th service, in both clusters. */
export const nameOf = (n: number): string => `shop-${n}`;

/** Paris gets so many services, all of the same two pods, and London a mirror of each; waits until all are ready. */
export async function populate({ london, paris }: E2eClusters, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => nameOf(n));
  await paris.apply(echoServers('shop', 2));
  await createAll(paris, services, names, (name) => serviceOf(name, { app: 'shop', exported: true }));
  await createAll(london, serviceMirrors, names, (name) => mirrorOf(name));
  await eventually(
    `${count} mirrors to be ready`,
    async () => (await london.kube.get(links, linkNames.toParis)).status?.mirrors?.display,
    (display) => display === `${count}/${count}`,
    { within: 900_000, every: 1_000 },
  );
}

async function createAll<T extends KubeObject>(
  { kube }: E2eCluster,
  resource: Resource<T>,
  names: readonly string[],
  make: (name: string) => object,
): Promise<void> {
  for (let first = 0; first < names.length; first += atOnce)
    await Promise.all(
      names.slice(first, first + atOnce).map((name) => kube.create(resource, make(name) as T)),
    );
}
