import { suite, test } from 'node:test';
import type { Clusters } from '../../driver/cluster.js';
import type { LightDriver } from '../../driver/light.js';
import { londonOf, type London } from './london.js';
import { parisOf, type Paris } from './paris.js';
import type { Via } from './shown.js';

/** The clusters as a case speaks of them. The operator of London runs there, and has a Link to each other cluster. */
export interface World {
  readonly london: London;
  readonly paris: Paris;
  /** Only some stages have it. */
  readonly lyon: Paris;
  /** The Services of London itself. */
  readonly here: Paris;
  /** Name of the namespace of this case in all clusters; no other case uses it, nor Links that are named after it. */
  readonly name: string;
  /** A second namespace of all. */
  elsewhere(name: string): Promise<World>;
}

/** What holds, by the sentence that says it. */
export type Cases = Readonly<Record<string, (world: World) => Promise<void>>>;

/** The clusters on which cases are played. */
export type Stage = Clusters<'london' | 'paris', LightDriver> & { readonly lyon?: LightDriver };

/** Makes the worlds of cases, each of which has namespaces of its own. @param via @default over transport flat */
export function worldsOn(stage: Stage, via?: Via): (name: string) => Promise<World> {
  let kubeconfig: Promise<string> | undefined;
  const access = () => (kubeconfig ??= stage.paris.access('peer-london'));
  const elsewhere = async (name: string): Promise<World> => {
    await stage.namespace(name);
    const speaks = (cluster: LightDriver) => parisOf(cluster.in(name), cluster);
    const others = {
      paris: speaks(stage.paris),
      ...(stage.lyon !== undefined && { lyon: speaks(stage.lyon) }),
    };
    return {
      london: londonOf(stage.london.in(name), { cluster: stage.london, others, access, via }),
      paris: others.paris,
      get lyon() {
        if (others.lyon === undefined) throw new Error('there is no Lyon here');
        return others.lyon;
      },
      ...{ here: speaks(stage.london), name, elsewhere },
    };
  };
  return elsewhere;
}

/** Declares a test for each case, beside each other: most of their time is waiting. */
export function specify(topic: string, cases: Cases, stage: () => Stage, atOnce = 6): void {
  let worlds: ReturnType<typeof worldsOn> | undefined;
  suite(topic, { concurrency: atOnce }, () => {
    for (const [index, [sentence, play]] of Object.entries(cases).entries())
      test(sentence, async () => {
        worlds ??= worldsOn(stage());
        await play(await worlds(`${topic.replaceAll(' ', '-')}-${index}`));
      });
  });
}
