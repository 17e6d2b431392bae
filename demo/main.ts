import { relative } from 'node:path';
import { openClusters } from '../tools/clusters/cluster.js';
import { run } from '../tools/clusters/exec.js';
import { root } from '../tools/clusters/paths.js';
import { dir, prepare } from './clusters.js';
import { takeInterrupts } from './interrupt.js';
import { tell } from './story.js';
import { createTerminal, type Terminal } from './terminal.js';

/** Shows the walkthrough on two real clusters, and leaves them for a closer look. */
async function up(terminal: Terminal): Promise<void> {
  const started = performance.now();
  const interrupt = takeInterrupts(
    () => terminal.mute('interrupted ...'),
    async () => {
      const left = (await openClusters(dir)) !== undefined;
      console.log(left ? 'the clusters run on, until `make demo-down`' : 'nothing is left');
    },
  );
  terminal.say('A pod of one cluster calls a service of another by a local name, on two real clusters:\n');
  const sites = await prepare(terminal, interrupt);
  await tell(terminal, sites);
  await Promise.all(sites.map(({ kube }) => kube.close()));

  const kubectl = `.clusters/kubectl --kubeconfig ${relative(root, dir)}/london.kubeconfig`;
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  terminal.chapter(`That took ${seconds} s. The clusters stay; look further with`);
  terminal.say(`  ${kubectl} describe servicemirrors hello-mirror`);
  terminal.say(`  ${kubectl} logs frontend --tail=5 --follow`);
  terminal.say('  make demo        to see it again');
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
  if (command === 'up') await up(terminal);
  else if (command === 'down') await down(terminal);
  else throw new Error('usage: npm run demo -- up|down');
} catch (error) {
  terminal.say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
