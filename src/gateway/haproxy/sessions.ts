import { SocketError, type Worker } from './runtime.js';

/** A live session of an ingress gateway. */
export interface Session {
  /** `IP:port` of the client. */
  readonly client: string;
  /** The grant of the session. */
  readonly grant: string;
}

/** Reads the sessions out of what `show table live` prints; entries that nobody uses are over. */
export function readSessions(text: string): Session[] {
  return text.split('\n').flatMap((line) => {
    const [, client, grant, use] = /\bkey=([^|\s]+)\|(\S+) use=(\d+)/.exec(line) ?? [];
    return client === undefined || grant === undefined || use === '0'
      ? []
      : [{ client: plain(client), grant }];
  });
}

/**
 * Reads the ids of each client's sessions out of what `show sess` prints. There may be several: behind two proxies, or one
 * that lies, two clients have the same address.
 */
export function readIds(text: string): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, id, client] = /^(0x[0-9a-f]+): .*\bsrc=(\S+) fe=ingress /.exec(line) ?? [];
    if (id === undefined || client === undefined) continue;
    ids.set(plain(client), [...(ids.get(plain(client)) ?? []), id]);
  }
  return ids;
}

/**
 * Ends the sessions that are no longer allowed, those of old workers included, and says how many there were.
 *
 * @param allowed decides by the grant of a session
 */
export async function cutSessions(
  workers: readonly Worker[],
  allowed: (grant: string) => boolean,
): Promise<number> {
  return sumOf(workers, (worker) => cutOf(worker, allowed));
}

/**
 * Ends the sessions that came in by a frontend, those of old workers included, and says how many there were.
 *
 * @param over by the backend that a session went to; `<NONE>` before it went anywhere. @default all
 */
export async function endSessions(
  workers: readonly Worker[],
  frontend: string,
  over: (backend: string) => boolean = () => true,
): Promise<number> {
  return sumOf(workers, async (worker) => {
    const sessions = (await worker.ask('show sess')).matchAll(/^(0x[0-9a-f]+): .*\bfe=(\S+) be=(\S+) /gm);
    const ended = [...sessions].filter(([, , name, backend = '']) => name === frontend && over(backend));
    await shutDown(
      worker,
      ended.map(([, id = '']) => id),
    );
    return ended.length;
  });
}

/** Ends sessions of a backend that began more than so many seconds ago, those of old workers included. */
export async function endOldSessions(
  workers: readonly Worker[],
  { backend, seconds }: { readonly backend: string; readonly seconds: number },
): Promise<number> {
  return sumOf(workers, async (worker) => {
    const old = readAges(await worker.ask('show sess'), backend).filter(({ age }) => age > seconds);
    await shutDown(
      worker,
      old.map(({ id }) => id),
    );
    return old.length;
  });
}

/** Reads the ages (seconds) of a backend's sessions out of what `show sess` prints. */
export function readAges(text: string, backend: string): { readonly id: string; readonly age: number }[] {
  return [...text.matchAll(/^(0x[0-9a-f]+): .*\bbe=(\S+) .*\bage=(\S+)/gm)]
    .filter(([, , name]) => name === backend)
    .map(([, id = '', , age = '']) => ({ id, age: secondsOf(age) }));
}

const units: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** HAProxy writes the two largest units of a time, as in `1m5s`. */
function secondsOf(age: string): number {
  return [...age.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  );
}

/** A session, by the port that it came to and the backend that it went to; `<NONE>` before it went anywhere. */
export interface Arrived {
  readonly port: number;
  readonly backend: string;
}

/**
 * Reads the ids of sessions of a frontend out of what `show sess all` prints; the short form says nothing of the port.
 */
export function readArrivals(
  text: string,
  frontend: string,
  isOver: (session: Arrived) => boolean,
): string[] {
  const ids: string[] = [];
  let id: string | undefined;
  let port: number | undefined;
  for (const line of text.split('\n')) {
    const [, next] = /^(0x[0-9a-f]+): /.exec(line) ?? [];
    if (next !== undefined) [id, port] = [next, undefined];
    const [, name, to] = /^ +frontend=(\S+) .*\baddr=\S*:(\d+)$/.exec(line.trimEnd()) ?? [];
    if (name === frontend) port = Number(to);
    const [, backend] = /^ +backend=(\S+) /.exec(line) ?? [];
    if (id === undefined || port === undefined || backend === undefined) continue;
    if (isOver({ port, backend })) ids.push(id);
  }
  return ids;
}

/** Ends sessions of a frontend, those of old workers included, and says how many there were. */
export async function endArrivals(
  workers: readonly Worker[],
  frontend: string,
  isOver: (session: Arrived) => boolean,
): Promise<number> {
  return sumOf(workers, async (worker) => {
    const ids = readArrivals(await worker.ask('show sess all'), frontend, isOver);
    await shutDown(worker, ids);
    return ids.length;
  });
}

/** Commands on their way at the same time. */
const atOnce = 16;

/** HAProxy answers that there is no such session when it has just ended. */
async function shutDown(worker: Worker, ids: readonly string[]): Promise<void> {
  for (let first = 0; first < ids.length; first += atOnce)
    await Promise.all(ids.slice(first, first + atOnce).map((id) => worker.ask(`shutdown session ${id}`)));
}

async function sumOf(workers: readonly Worker[], work: (worker: Worker) => Promise<number>): Promise<number> {
  const counts = await Promise.all(
    workers.map((worker) =>
      work(worker).catch((error: unknown) => {
        // a worker that is gone carries nothing
        if (error instanceof SocketError) return 0;
        throw error;
      }),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function cutOf(worker: Worker, allowed: (grant: string) => boolean): Promise<number> {
  const over = readSessions(await worker.ask('show table live')).filter(({ grant }) => !allowed(grant));
  if (over.length === 0) return 0;
  const ids = readIds(await worker.ask('show sess'));
  await shutDown(
    worker,
    over.flatMap(({ client }) => ids.get(client) ?? []),
  );
  return over.length;
}

/** IPv4 as it is, also where a socket of both families writes it as IPv6. */
function plain(client: string): string {
  return client.replace(/^::ffff:(?=\d+\.)/, '');
}
