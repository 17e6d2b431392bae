import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../clusters/progress.js';
import { hold, load, usedBy } from './load.js';
import { rounded } from './median.js';
import { nginx } from './nginx/path.js';
import { type PathName, pathNames } from './options.js';
import { ours } from './ours.js';
import { direct, type Lab, type Path } from './path.js';
import { plain } from './plain.js';
import { memorySample, type Sample, sampleOf } from './rows.js';
import type { Samples } from './table.js';

/**
 * Measures all paths of a plan: first what each takes of memory, while it is fresh, then round by round everything else,
 * so that what disturbs the machine for a while disturbs all paths alike.
 */
export async function measure(lab: Lab, progress: Progress): Promise<Samples> {
  const samples = new Map<PathName, Sample[]>();
  const paths: Path[] = [];
  for (const name of lab.plan.paths) {
    const path = await startPath(lab, name);
    await answers(path);
    paths.push(path);
    samples.set(name, await memoryOf(lab, path));
    progress(`${name}: started`);
  }
  for (let round = 0; round < lab.plan.rounds; round++) {
    // every path is first and last in its turn
    for (const path of [...paths.slice(round % paths.length), ...paths.slice(0, round % paths.length)]) {
      const sample = await oneRound(lab, path);
      samples.get(path.name)?.push(sample);
      const { requests = 0, connections = 0, stream = 0 } = sample.total;
      progress(
        `round ${round + 1} of ${lab.plan.rounds}, ${path.name}: ${rounded(requests)} requests/s, ${rounded(connections)} connections/s, ${rounded(stream)} MB/s`,
      );
    }
  }
  return samples;
}

async function startPath(lab: Lab, name: PathName): Promise<Path> {
  const at = pathNames.indexOf(name);
  switch (name) {
    case 'direct':
      return direct;
    case 'plain':
      return plain(lab, at);
    case 'nginx':
      return nginx(lab, at);
    case 'haproxy':
    case 'aws-lc':
    case 'node':
      return ours(lab, name, at);
    default:
      return name satisfies never;
  }
}

async function memoryOf(lab: Lab, path: Path): Promise<Sample[]> {
  const mirrors = await usedBy(path);
  const { used } = await hold(lab, path, lab.plan.idle);
  return mirrors && used ? [memorySample(mirrors, used, lab.plan.idle)] : [];
}

async function oneRound(lab: Lab, path: Path): Promise<Sample> {
  return sampleOf({
    requests: await load(lab, path, 'requests'),
    rate: await load(lab, path, 'rate'),
    connections: await load(lab, path, 'connections'),
    stream: await load(lab, path, 'stream'),
  });
}

/** Resolves when a request over the path is answered. @throws after half a minute without */
async function answers({ name, target }: Path): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await asked(target.host, target.last))) {
    if (performance.now() > end) throw new Error(`${name} does not answer`);
    await sleep(50);
  }
}

function asked(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    socket.once('data', () => finish(true));
    for (const event of ['error', 'close', 'timeout']) socket.once(event, () => finish(false));
    socket.write('GET / HTTP/1.1\r\nHost: bar\r\n\r\n');
    function finish(good: boolean) {
      resolve(good);
      socket.destroy();
    }
  });
}
