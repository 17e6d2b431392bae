import { relative } from 'node:path';
import { openClusters } from '../tools/clusters/cluster.js';
import { run } from '../tools/clusters/exec.js';
import type { RealDriver } from '../test/driver/real.js';
import type { Remote } from '../test/e2e/connect.js';
import { root } from '../tools/clusters/paths.js';
import { dir, prepare } from './clusters.js';
import { takeInterrupts } from './interrupt.js';
import { tellFailover } from './failover.js';
import { tell } from './story.js';
import { createTerminal, type Terminal } from './terminal.js';

/** What is shown, on which clusters, and what to look at afterwards. */
interface Performance {
  readonly title: string;
  readonly others: readonly [Remote, ...Remote[]];
  readonly play: (terminal: Terminal, clusters: Drivers) => Promise<void>;
  readonly mirror: string;
  readonly again: string;
}

type Drivers = Readonly<Record<'london' | Remote, RealDriver>>;

const walkthrough: Performance = {
  title: 'A pod of one cluster calls a service of another by a local name, on two real clusters:',
  others: ['paris'],
  play: (terminal, { london, paris }) => tell(terminal, [london, paris]),
  mirror: 'hello-mirror',
  again: 'make demo        ',
};

const failover: Performance = {
  title: 'One name is served by three real clusters, and one after the other goes:',
  others: ['paris', 'lyon'],
  async play(terminal, clusters) {
    const set = await openClusters(dir);
    if (set === undefined) throw new Error('the clusters are gone');
    await tellFailover(terminal, {
      ...clusters,
      cut: (a, b) => set.cut(a, b),
      restore: (a, b) => set.restore(a, b),
    });
  },
  mirror: 'hello-everywhere',
  again: 'make demo-failover',
};

/** Shows something on real clusters, and leaves them for a closer look. */
async function up(terminal: Terminal, shown: Performance): Promise<void> {
  const started = performance.now();
  const interrupt = takeInterrupts(
    () => terminal.mute('interrupted ...'),
    async () => {
      const left = (await openClusters(dir)) !== undefined;
      console.log(left ? 'the clusters run on, until `make demo-down`' : 'nothing is left');
    },
  );
  terminal.say(`${shown.title}\n`);
  const clusters = await prepare(terminal, interrupt, shown.others);
  await shown.play(terminal, clusters);
  await clusters.close();

  const kubectl = `.clusters/kubectl --kubeconfig ${relative(root, dir)}/london.kubeconfig`;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  terminal.chapter(`That took ${seconds} s. The clusters stay; look further with`);
  terminal.say(`  ${kubectl} describe servicemirrors ${shown.mirror}`);
  terminal.say(`  ${kubectl} logs frontend --tail=5 --follow`);
  terminal.say(`  ${shown.again} to see it again`);
  terminal.say('  make demo-down   to remove all of it');
}

async function down(terminal: Terminal): Promise<void> {
  await terminal.step('removing the clusters', () =>
    run([process.execPath, 'build/tools/clusters/main.js', 'down']),
  );
}

process.chdir(root); // the commands that are shown name files of the tree
const terminal = createTerminal(process.stdout);
const [command = 'up'] = process.argv.slice(2);
try {
  if (command === 'up') await up(terminal, walkthrough);
  else if (command === 'failover') await up(terminal, failover);
  else if (command === 'down') await down(terminal);
  else throw new Error('usage: npm run demo -- up|failover|down');
} catch (error) {
  terminal.say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
