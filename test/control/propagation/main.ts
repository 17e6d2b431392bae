import { endpointSlices, links, serviceOfSlice } from '../../../src/api/resources.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { createKube } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/local.js';
import { silent } from '../../../src/runtime/log.js';
import { createReflector } from '../../../src/runtime/reflector/reflector.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { playSealed } from '../../driver/stories.js';
import { aMirror, aNamespace, aService, aSlice, endpoint, named, of, port } from '../../gen/gen.js';
import { startOrderClusters } from '../order/clusters.js';

const names = Array.from({ length: 20 }, (_, n) => `web-${n}`);
const rounds = 15;

// Runs sealed: gateways take traffic at addresses that only its own network has.
const clusters = await startOrderClusters('node');
const { london, paris } = clusters;
for (const cluster of [london, paris]) await cluster.applies(aNamespace('speed'));
const [there, here] = [paris.in('speed'), london.in('speed')];

/** Resolves when London's slice of that Service has turned; an independent watch looks. */
const turned = new Map<string, (ready: boolean) => void>();
const kube = createKube(await loadLocal(london.kubeconfig), { fieldManager: 'watcher' });
const watch = createReflector(kube, endpointSlices, { clock: systemClock, log: silent, namespace: 'speed' });
watch.cache.onChange(({ object }) =>
  turned.get(serviceOfSlice(object).split('/')[1] ?? '')?.(
    (object.endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  ),
);
void watch.run(new AbortController().signal);

await inTurns(names, 4, async (name) => {
  await there.applies(aService(name, port(8_080)), aSlice(name, endpoint('10.7.0.1')));
  await here.applies(aMirror(name, of('paris', `speed/${name}`), named(name)));
});
await inTurns(names, 4, async (name) => void (await here.within(60_000).mirrorSays(name, 'Ready=True')));

/** Milliseconds from a change of a pod's readiness in Paris until London's slice has followed, in order. */
async function measure(): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < 2 * rounds; round += 1)
    for (const name of names) {
      const ready = round % 2 === 1;
      const seen = new Promise<number>((resolve) => {
        turned.set(name, (is) => is === ready && resolve(performance.now()));
      });
      const began = performance.now();
      await there.edits(endpointSlices, `${name}-abc12`, {
        endpoints: [{ addresses: ['10.7.0.1'], conditions: { ready } }],
      });
      taken.push((await seen) - began);
    }
  return taken.toSorted((a, b) => a - b);
}

function words(taken: readonly number[]): string {
  const at = (part: number) => (taken[Math.floor(part * taken.length)] ?? NaN).toFixed(1);
  return `${taken.length} changes, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

await playSealed(['propagation'], async (_name, tell) => {
  tell(`over the API server: ${words(await measure())}`);
  const spec = { credentialsSecretRef: null, peer: await paris.published() };
  await london.edits(links, 'paris', { spec });
  await london.linkSays('paris', 'Connected=True', 'Ready=True');
  tell(`over the catalog: ${words(await measure())}`);
});
