import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../../tools/clusters/program.js';
import { freePort } from '../../tools/clusters/tied.js';
import { eventually } from './eventually.js';

/** An operator that runs as a process of its own. */
export interface Operator {
  /** Lines of its log, parsed. */
  log(): Promise<LogLine[]>;
  /** Sum of the values of a metric whose labels hold all these; 0 when there is none. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Waits until its queues of mirrors and gateways are empty, nothing of them is worked on, and it stays so for a moment. */
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
  readonly lease?: string;
  readonly error?: { readonly message?: string };
}

/** Starts the operator with a kubeconfig (its text), and further flags; it has read its cluster then, and may not lead yet. */
export async function startOperator(kubeconfig: string, ...flags: string[]): Promise<Operator> {
  const dir = await mkdtemp(join(tmpdir(), 'service-mirror-operator-'));
  const [config, log] = [join(dir, 'kubeconfig'), join(dir, 'log')];
  await writeFile(config, kubeconfig, { mode: 0o600 });
  const health = `127.0.0.1:${await freePort()}`;
  const args = ['operator', `--kubeconfig=${config}`, ...flags];
  const program = programOf({ name: 'operator', args, health, log });
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
  const metrics = async () => (await fetch(`http://${health}/metrics`)).text();
  await program.start();
  return {
    log: readLog,
    metric: async (name, labels) => sumOf(await metrics(), name, labels),
    async rests() {
      let [done, since] = [NaN, 0];
      await eventually(async () => {
        const text = await metrics();
        const sum = (name: string, label = 'name') =>
          queues.reduce((all, queue) => all + sumOf(text, name, { [label]: queue }), 0);
        // a write that is under way may take longer than the moment
        const atWork = sum('workqueue_depth') + sum('controller_runtime_active_workers', 'controller');
        const before = done;
        done = sum('workqueue_adds_total');
        if (atWork > 0 || done !== before) since = performance.now();
        assert.ok(performance.now() - since > moment, 'it is at work');
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
        /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${program.pid}/status`, 'utf8')) ?? [];
      return Math.round(Number(kib) / 1024);
    },
    isReady: async () => (await fetch(`http://${health}/readyz`)).ok,
    stop: () => end(() => program.stop()),
    kill: () => end(() => program.kill()),
  };
}

/** Milliseconds in which an operator that is at work puts something into a queue. */
const moment = 50;

/** All queues but that of the Links, which have a heartbeat. */
const queues = ['automatic', 'services', 'endpoints', 'pods', 'status', 'health', 'exports', 'gateway'];

/** Sums the samples of one metric in Prometheus' text format. */
function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
