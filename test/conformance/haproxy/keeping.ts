import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { silent } from '../../../src/runtime/log.js';
import { createKeeper } from '../../../src/gateway/haproxy/keeper.js';
import type { Haproxy } from '../../../src/gateway/haproxy/process.js';
import type { Rendered } from '../../../src/gateway/haproxy/render/layout.js';
import { shapeOf } from '../../../src/gateway/haproxy/render/slots.js';
import { SocketError, type Worker } from '../../../src/gateway/haproxy/runtime.js';
import { fakeClock } from '../../gen/clock.js';
import { aRoot } from '../../gen/pki.js';

/** A HAProxy that has one map, which it reads from its file whenever it starts or reloads. */
export async function startFake(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'keeper-'));
  t.after(() => rm(directory, { recursive: true }));
  const path = join(directory, 'routes.map');
  const own = { path: join(directory, 'own.pem'), text: (await aRoot(new Date(), 'CN=own')).cert };
  const said: string[] = [];
  let pid = 0;
  let runs: string | undefined;
  let lines: string[] = [];
  let print = '';
  let old = 0;
  /** Process ids of workers that reloads have left behind. */
  const left: number[] = [];

  const workerOf = (own: number): Worker => {
    const ask = async (command: string) => {
      if (own !== pid || runs === undefined) throw new SocketError('gone');
      said.push(command.split('\n')[0]!);
      const [, verb, key, value] = /^(add|del) map \S+ (\S+) ?(\S*)$/.exec(command) ?? [];
      if (verb === 'add') lines.push(`${key} ${value}`);
      if (verb === 'del') lines = lines.filter((line) => !line.startsWith(`${key} `));
      if (command.startsWith('show map')) return lines.map((line) => `0x1 ${line}\n`).join('');
      if (command.startsWith('show ssl cert')) return `SHA1 FingerPrint: ${print}\n`;
      if (/^(set|commit) ssl/.test(command)) return answer;
      if (command.includes(' addr ')) return 'IP changed\n';
      return '\n';
    };
    const tell = async (...commands: readonly string[]) => {
      for (const command of commands) await ask(command);
    };
    return { pid: own, old: false, reloads: 0, ask, tell };
  };
  const start = async (config: string | undefined) => {
    pid++;
    runs = config;
    lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
    print = new X509Certificate(await readFile(own.path)).fingerprint.replaceAll(':', '');
  };
  const haproxy: Haproxy = {
    check: () => Promise.reject(new Error('unused')),
    load: async (config) => {
      said.push('load');
      if (failure !== undefined) throw failure;
      if (runs !== undefined) left.push(pid);
      await start(config);
      return workerOf(pid);
    },
    running: async (config) =>
      runs !== undefined && shapeOf(config) === shapeOf(runs) ? workerOf(pid) : undefined,
    store: async (config) => {
      said.push(`store ${config}`);
      runs = config;
    },
    workers: async () => [
      ...(runs === undefined ? [] : [workerOf(pid)]),
      ...Array.from({ length: old }, (_, at) => ({
        ...workerOf(left.at(-1 - at) ?? -1 - at),
        ...{ old: true, reloads: at + 1 },
      })),
    ],
    missing: () => false,
    rest: async () => {},
    stop: async () => {},
  };
  let failure: Error | undefined;
  const clock = fakeClock();
  const events = { reloads: 0, reloaded: () => void events.reloads++, entries: () => {} };
  let answer = 'transaction Success';
  const ended: number[] = [];
  const keeper = createKeeper({
    ...{ directory, haproxy, clock, log: silent, events },
    end: async (workers) => ended.push(...workers.map(({ reloads }) => reloads)),
  });
  let last: Rendered | undefined;
  const rendered = (map: Record<string, string>, changes: Partial<Rendered> = {}): Rendered => {
    const { config = 'config 1', bundles = [] } = changes;
    return (last = {
      config,
      certificate: own,
      bundles,
      maps: new Map([[path, new Map(Object.entries(map))]]),
      servers: new Map(),
      parts: () => new Map([['', config], ...bundles.map((one) => [one.path, one.text] as const)]),
      ...changes,
    });
  };
  return {
    /** Looks, and does what the roles do then. */
    check: async () => {
      if ((await keeper.check()) && last !== undefined) await keeper.keep(last);
    },
    /** So many workers live for their last connections, the last that reloads have left behind; those that were ended. */
    old: (count: number) => void (old = count),
    ended,
    /** What HAProxy says to new CAs and certificates. */
    answers: (text: string) => void (answer = text),
    ...{ keeper, rendered, said, events, path, own, clock },
    lines: () => [...lines].sort(),
    runs: () => runs,
    /** HAProxy dies, and comes back with what its files say. */
    restart: (config = runs) => start(config),
    /** HAProxy dies. */
    die: () => void (runs = undefined),
    /** What somebody else does to it. */
    tamper: (others: string[]) => void (lines = others),
    forget: () => said.splice(0),
    /** Every configuration is refused from now on. */
    fail: (error: Error | undefined) => void (failure = error),
  };
}
