import { suite, test } from 'node:test';
import type { Clusters } from '../../driver/cluster.js';
import type { LightDriver } from '../../driver/light.js';
import { londonOf, type London } from './london.js';
import { parisOf, type Paris } from './paris.js';

/** Both clusters as a case speaks of them. The operator of London runs there, and Link `paris` is there (transport flat). */
export interface World {
  readonly london: London;
  readonly paris: Paris;
  /** Name of the namespace of this case in both clusters; no other case uses it, nor Links that are named after it. */
  readonly name: string;
  /** A second namespace of both. */
  elsewhere(name: string): Promise<Pick<World, 'london' | 'paris'>>;
}

/** What holds, by the sentence that says it. */
export type Cases = Readonly<Record<string, (world: World) => Promise<void>>>;

/** The clusters on which cases are played. */
export type Stage = Clusters<'london' | 'paris', LightDriver>;

/** Makes the worlds of cases, each of which has namespaces of its own. */
export function worldsOn(stage: Stage): (name: string) => Promise<World> {
  let kubeconfig: Promise<string> | undefined;
  const inBoth = async (name: string): Promise<Pick<World, 'london' | 'paris'>> => {
    const both = await stage.namespace(name);
    const paris = parisOf(both.paris, stage.paris);
    const london = londonOf(both.london, {
      ...{ cluster: stage.london, paris },
      access: () => (kubeconfig ??= stage.paris.access('peer-london')),
    });
    return { london, paris };
  };
  return async (name) => ({ ...(await inBoth(name)), name, elsewhere: inBoth });
}

/** Declares a test for each case, beside each other: most of their time is waiting. */
export function specify(topic: string, cases: Cases, stage: () => Stage): void {
  let worlds: ReturnType<typeof worldsOn> | undefined;
  suite(topic, { concurrency: 6 }, () => {
    for (const [index, [sentence, play]] of Object.entries(cases).entries())
      test(sentence, async () => {
        worlds ??= worldsOn(stage());
        await play(await worlds(`${topic.replaceAll(' ', '-')}-${index}`));
      });
  });
}
