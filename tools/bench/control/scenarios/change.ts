import { services } from '../../../../src/api/resources.js';
import { atRate, type Pace } from '../atrate.js';
import type { Context } from '../context.js';
import { nameOf, namespaceName } from '../objects.js';
import { changeLabel, type Watcher } from '../watcher.js';
import { watching, withImported, type Separate } from './imported.js';

/** Mirrors that are there while changes are timed: a tenth, but enough that none changes more often than every 2 s. */
export function mirrorsThatChange({
  services,
  rate,
}: {
  readonly services: number;
  readonly rate: number;
}): number {
  return Math.ceil(Math.max(services / 10, Math.min(services / 2, 2 * rate)));
}

/** Changes in Paris on their way to London: at first with nothing else to do, then while all other mirrors are imported. */
export const change: Separate = (context, name) => {
  const { plan } = context;
  const mirrors = mirrorsThatChange(plan);
  return withImported(context, { name, title: `import of ${mirrors} for changes`, mirrors }, (imported) =>
    watching(imported.london, async (watcher) => {
      const { london, subject } = imported;
      const sent = (pace: Pace) => send(context, watcher, { ...pace, among: mirrors });
      const idle = await context.step(`${name}: changes`, () =>
        subject.until(sent({ rate: plan.rate, count: plan.changes }), watcher.state),
      );
      const done = new AbortController();
      const importing = context.step(
        `${name}: changes during an import of ${plan.services - mirrors}`,
        async () => {
          await london.addMirrors(mirrors, plan.services);
          await subject.until(watcher.all(plan.services, { ready: true, status: true }), watcher.state);
          done.abort();
        },
      );
      const [duringImport] = await Promise.all([
        subject.until(sent({ rate: plan.rate, until: done.signal }), watcher.state),
        importing,
      ]);
      return { change: { idle, duringImport } };
    }),
  );
};

/** Changes labels of services in Paris, and says how long each took to London (ms), from before the write. */
async function send(
  { paris, layout, nextChange }: Context,
  watcher: Watcher,
  { among, ...pace }: Pace & { readonly among: number },
): Promise<number[]> {
  const times = await atRate(pace, async (n) => {
    const [name, number, at] = [nameOf(n % among), nextChange(), performance.now()];
    const key = `${namespaceName(n % among, layout)}/${name}`;
    await paris.kube.mergePatch(services, key, { metadata: { labels: { [changeLabel]: String(number) } } });
    return (await watcher.change(name, number)) - at;
  });
  return Promise.all(times);
}
