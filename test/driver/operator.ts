import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isAlive, killAndWait, spawnTied } from '../../tools/clusters/tied.js';
import { root } from '../../tools/clusters/paths.js';
import { eventually } from './eventually.js';

/** An operator that runs as a process of its own. */
export interface Operator {
  /** Lines of its log, parsed. */
  log(): Promise<LogLine[]>;
  /** Sum of the values of a metric whose labels hold all these; 0 when there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Waits until its queues of mirrors and gateways are empty and stay so for a moment. */
  rests(): Promise<void>;
  /** Waits until it leads, at most so long (ms). */
  leads(within?: number): Promise<void>;
  /** Resident memory, in MiB. */
  memory(): Promise<number>;
  /** Whether it is ready: it has read its cluster. */
  isReady(): Promise<boolean>;
  /** Asks it to stop, as a kubelet does, and waits until it has. */
  stop(): Promise<void>;
  /** Kills it, as a node that is lost does. */
  kill(): Promise<void>;
}

/** A line of an operator's log. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly controller?: string;
  readonly error?: { readonly message?: string };
}

/** Starts the operator with a kubeconfig (its text), and further flags. It dies with this process. */
export async function startOperator(kubeconfig: string, ...flags: string[]): Promise<Operator> {
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-operator-'));
  const [config, log] = [join(dir, 'kubeconfig'), join(dir, 'log')];
  await writeFile(config, kubeconfig, { mode: 0o600 });
  const address = `127.0.0.1:${await freePort()}`;
  const main = join(root, 'build/src/cmd/main.js');
  const child = spawnTied(
    [
      process.execPath,
      '--enable-source-maps',
      main,
      'operator',
      `--kubeconfig=${config}`,
      `--metrics-address=${address}`,
      ...flags,
    ],
    log,
  );
  let written: string | undefined;
  const readLog = async () => {
    const lines = (written ?? (await readFile(log, 'utf8')))
      .split('\n')
      .filter((line) => line.startsWith('{'));
    return lines.map((line) => JSON.parse(line) as LogLine);
  };
  const end = async (how: () => Promise<void>) => {
    await how();
    written ??= await readFile(log, 'utf8');
    await rm(dir, { recursive: true, force: true });
  };
  const metrics = async () => (await fetch(`http://${address}/metrics`)).text();
  return {
    log: readLog,
    metric: async (name, labels) => sumOf(await metrics(), name, labels),
    async rests() {
      let done = NaN;
      await eventually(async () => {
        const text = await metrics();
        const sum = (name: string) => queues.reduce((all, queue) => all + sumOf(text, name, queue), 0);
        const before = done;
        done = sum('workqueue_adds_total');
        assert.deepEqual([sum('workqueue_depth'), done - before], [0, 0], 'it is at work');
      }, 30_000);
    },
    leads: (within = 30_000) =>
      eventually(async () => {
        assert.ok(
          (await readLog()).some(({ message }) => message === 'leading'),
          'it does not lead',
        );
      }, within),
    memory: async () => {
      const [, kib = ''] =
        /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      return Math.round(Number(kib) / 1024);
    },
    isReady: async () => (await fetch(`http://${address}/readyz`)).ok,
    stop: () => end(() => terminate(child)),
    kill: () => end(() => killAndWait(child)),
  };
}

/** All queues but that of the Links, which have a heartbeat. */
const queues = ['services', 'endpoints', 'status', 'health', 'gateway'].map((name) => ({ name }));

async function terminate(child: ChildProcess): Promise<void> {
  if (!isAlive(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.ref();
  child.kill('SIGTERM');
  await ended;
}

/** Sums the samples of one metric in Prometheus' text format. */
function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
