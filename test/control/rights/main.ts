import { openOrderClusters } from '../order/clusters.js';
import { prepareNetwork } from '../network.js';
import { outcomeMark } from '../../../tools/clusters/sealed.js';
import { startBackend } from './backend.js';
import type { Ends, RightsStory } from './stage.js';
import { cut } from './stories/cut.js';
import { impostors } from './stories/impostors.js';
import { targets } from './stories/targets.js';

const stories: Readonly<Record<string, (stage: RightsStory) => Promise<void>>> = { targets, impostors, cut };

// Runs sealed: every ClusterIP of Paris is an address of its own network.
await prepareNetwork();
const cities = await openOrderClusters(JSON.parse(process.argv[2] ?? '') as string);
await startBackend();
const ends: Record<string, Ends[string]> = {};
for (const [name, play] of Object.entries(stories)) {
  const told: string[] = [];
  const failure = await play({ cities, tell: (line) => void told.push(line) }).then(
    () => undefined,
    (error: Error) => error.stack ?? error.message,
  );
  ends[name] = { told, failure };
}
console.log(`${outcomeMark}${JSON.stringify(ends)}`);
// everything that was started dies with us
process.exit(0);
