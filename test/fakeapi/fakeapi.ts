import { createServer, type Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KubeObject } from '../../src/api/objects.js';
import { keyOf, type Resource } from '../../src/api/resources.js';
import type { ConnectionConfig } from '../../src/runtime/connection.js';
import { createFaults, type Fault, type When } from './faults.js';
import { Refusal, statusOf } from './refusal.js';
import { parseRoute } from './route.js';
import { read, type Seen } from './seen.js';
import { serve, type Reply } from './serve.js';
import { createStore } from './store.js';
import { openWatch, type OpenWatch } from './stream.js';
import { createAuthority, type Authority } from './tls.js';

export type { Fault, When } from './faults.js';
export type { Seen } from './seen.js';
export type { OpenWatch } from './stream.js';

/**
 * An API server in memory that speaks real HTTPS on the loopback interface: list, watch, create, replace, merge patch,
 * server-side apply, status and delete, with resource versions, preconditions and managed fields as real ones have them.
 * It takes any object of any kind, fills in no defaults, and fails on demand.
 */
export interface FakeApi {
  readonly server: string;
  /** Connects with the token that is accepted from the start. */
  readonly config: ConnectionConfig;
  /** The same as a kubeconfig. */
  readonly kubeconfig: string;
  readonly authority: Authority;
  /** Bearer tokens that are accepted; a client certificate of the authority is always. */
  readonly tokens: Set<string>;
  /** Every request so far, in order. */
  readonly seen: readonly Seen[];
  /** The watches that are open now, of one kind or of all. */
  watches(r?: Resource): OpenWatch[];
  fault(when: When, fault: Fault): () => void;

  /** Stores an object as somebody else (`kubectl`) would, status included: new, or over the one of its name. */
  put<T extends KubeObject>(r: Resource<T>, object: T): T;
  find<T extends KubeObject>(r: Resource<T>, key: string): T | undefined;
  all<T extends KubeObject>(r: Resource<T>): T[];
  drop(r: Resource, key: string): void;
  /** Forgets the history of changes: watches and lists that go on from before get a 410. */
  compact(): void;
  /** Forgets the history of changes, and the requests so far. */
  forget(): void;

  /**
   * Remembers everything that is stored; the returned function restores it, versions included, as etcd is restored from a
   * backup: watches that are open stay so, and hear what happens from then on.
   */
  backup(): () => void;

  /** Breaks every connection there is. */
  disconnect(): void;
  /** Every connection there is stays open and falls silent; new ones work. */
  blackhole(): void;
  close(): Promise<void>;
}

/** Starts a server on a free port. */
export async function startFakeApi(): Promise<FakeApi> {
  const authority = await createAuthority();
  const store = createStore();
  const faults = createFaults();
  const tokens = new Set(['test-token']);
  const seen: Seen[] = [];
  const watches = new Set<OpenWatch>();
  const sockets = new Set<Socket>();
  const dead = new WeakSet<Socket>();

  const respond = async (request: Seen, response: ServerResponse): Promise<void> => {
    const fault = faults.pick(request);
    if (fault?.kind === 'first') await fault.run(request);
    if (dead.has(response.socket as Socket)) return;
    if (fault?.kind === 'silence') return void dead.add(response.socket as Socket);
    if (fault?.kind === 'reset') return void response.socket?.destroy();
    if (fault?.kind === 'answer') {
      const body =
        fault.body ?? statusOf({ status: fault.status, reason: '', message: 'as the test wishes' });
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      return void response.end(typeof body === 'string' ? body : JSON.stringify(body));
    }
    if (fault?.kind === 'endless') return pour(response, fault);
    if (!isAllowed(request, response.socket as TLSSocket, tokens))
      return send(response, {
        status: 401,
        body: statusOf(new Refusal(401, 'Unauthorized', 'Unauthorized')),
      });
    if (request.path === '/version')
      return send(response, { status: 200, body: { gitVersion: 'v1.33.0-fake' } });
    const route = parseRoute(request.url);
    if (route === undefined)
      return send(response, { status: 404, body: statusOf(new Refusal(404, 'NotFound', 'no such path')) });
    if (request.watch) {
      const watch = openWatch(store, { route, seen: request, response });
      if (response.writableEnded) return;
      watches.add(watch);
      response.on('close', () => watches.delete(watch));
      return;
    }
    await send(
      response,
      attempt(() => serve(store, route, request)),
      fault,
    );
  };

  const server = createServer({
    ...(await authority.server()),
    ca: authority.ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('request', (request, response) => {
    if (dead.has(request.socket)) return;
    response.on('error', () => undefined);
    read(request)
      .then((got) => {
        seen.push(got);
        return respond(got, response);
      })
      .catch(() => response.socket?.destroy());
  });
  server.on('secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await listen(server);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    server: url,
    authority,
    tokens,
    seen,
    config: {
      server: url,
      verified: true,
      load: async () => ({ ca: authority.ca, headers: { authorization: 'Bearer test-token' } }),
    },
    kubeconfig: kubeconfigOf(url, authority.ca),
    watches: (r) => [...watches].filter((watch) => r === undefined || watch.plural === r.plural),
    fault: (when, fault) => faults.add(when, fault),
    put<T extends KubeObject>(r: Resource<T>, object: T) {
      const collection = store.collection(idOf(r));
      const there = collection.get(keyOf(object));
      if (there === undefined) return collection.add(object) as T;
      const { uid, creationTimestamp, managedFields } = there.metadata;
      return collection.set({
        ...object,
        metadata: { managedFields, ...object.metadata, uid, creationTimestamp },
      }) as T;
    },
    find: <T extends KubeObject>(r: Resource<T>, key: string) =>
      store.collection(idOf(r)).get(key) as T | undefined,
    all: <T extends KubeObject>(r: Resource<T>) => store.collection(idOf(r)).list() as T[],
    drop: (r, key) => void store.collection(idOf(r)).delete(key),
    compact: () => store.compact(),
    forget() {
      store.compact();
      seen.length = 0;
    },
    backup: () => store.backup(),
    disconnect() {
      for (const socket of sockets) socket.destroy();
    },
    blackhole() {
      for (const socket of sockets) dead.add(socket);
      for (const watch of watches) watch.mute();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function idOf(r: Resource): string {
  return `${r.group}/${r.plural}`;
}

function attempt(fn: () => Reply): Reply {
  try {
    return fn();
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: statusOf(error) };
    throw error;
  }
}

function isAllowed(request: Seen, socket: TLSSocket, tokens: ReadonlySet<string>): boolean {
  return socket.authorized || tokens.has(request.authorization.replace('Bearer ', ''));
}

async function send(response: ServerResponse, { status, body }: Reply, fault?: Fault): Promise<void> {
  const text = JSON.stringify(body);
  const half = text.slice(0, text.length / 2);
  switch (fault?.kind) {
    case 'truncate':
      return void response.writeHead(status, { 'content-type': 'application/json' }).end(half);
    case 'cut':
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      return void response.write(half, () => response.socket?.destroy());
    case 'slow': {
      response.writeHead(status, { 'content-type': 'application/json' });
      const size = Math.ceil(text.length / fault.pieces);
      for (let at = 0; at < text.length; at += size) {
        response.write(text.slice(at, at + size));
        await new Promise((resolve) => setTimeout(resolve, fault.pauseMs));
      }
      return void response.end();
    }
    default:
      return void response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }
}

function pour(response: ServerResponse, fault: Extract<Fault, { kind: 'endless' }>): void {
  response.writeHead(fault.status, { 'content-type': 'application/json' });
  response.write(fault.start ?? '');
  let left = (64 * 1024 * 1024) / fault.piece.length;
  const more = () => {
    while (left-- > 0) if (!response.write(fault.piece)) return void response.once('drain', more);
    response.end(fault.end);
  };
  more();
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function kubeconfigOf(server: string, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'fake',
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
    clusters: [{ name: 'fake', cluster: { server, 'certificate-authority-data': btoa(ca) } }],
    users: [{ name: 'fake', user: { token: 'test-token' } }],
  });
}
