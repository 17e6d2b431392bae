import type { ServerState } from './render/layout.js';
import { CommandError, type Worker } from './runtime.js';

/** The servers of a worker that has just read its configuration. */
export function atStart(servers: ReadonlyMap<string, ServerState>): ReadonlyMap<string, ServerState> {
  return new Map([...servers].map(([name, state]) => [name, { ...state, ready: state.ip !== undefined }]));
}

/**
 * Gives the servers of a worker their addresses and states (management guide, `set server`). Those that are to get
 * connections come first, so that there is one at any time. Connections that are there stay.
 *
 * @param before as the worker has them; undefined: unknown, so that all is set
 * @throws CommandError or SocketError; how much was done is then unknown
 */
export async function steer(
  worker: Worker,
  before: ReadonlyMap<string, ServerState> | undefined,
  wanted: ReadonlyMap<string, ServerState>,
): Promise<void> {
  const all = [...wanted].toSorted(([, a], [, b]) => Number(b.ready) - Number(a.ready));
  for (const [name, { ip, port, ready }] of all) {
    const current = before?.get(name);
    if (ip !== undefined && (current?.ip !== ip || current.port !== port))
      await readdress(worker, name, `${ip} port ${port}`);
    if (current?.ready !== ready) await worker.tell(`set server ${name} state ${ready ? 'ready' : 'maint'}`);
  }
}

/** HAProxy always answers: what has changed, or that nothing had to. */
async function readdress(worker: Worker, name: string, where: string): Promise<void> {
  const answer = (await worker.ask(`set server ${name} addr ${where}`)).trim();
  if (!/^(IP changed|port changed|no need|nothing changed)/.test(answer))
    throw new CommandError(`HAProxy refused address ${where} for server ${name}: ${answer.slice(0, 400)}`);
}
