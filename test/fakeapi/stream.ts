import type { ServerResponse } from 'node:http';
import type { KubeObject } from '../../src/api/objects.js';
import { statusOf } from './refusal.js';
import { selected, type Route } from './route.js';
import type { Seen } from './seen.js';
import type { Entry, Store } from './store.js';

/** An open watch, for tests that want to spoil it. */
export interface OpenWatch {
  readonly seen: Seen;
  readonly plural: string;
  /** Sends these bytes as they are. */
  write(bytes: string | Uint8Array): void;
  /** Sends a bookmark with the newest version. */
  bookmark(): void;
  /** Sends an ERROR event and ends, as servers do. */
  error(code: number, reason: string): void;
  /** Ends it in good order. */
  end(): void;
  /** Breaks the connection. */
  reset(): void;
  /** Sends nothing any more, and does not say so. */
  mute(): void;
}

/** Answers a watch: what happened since the version asked for, then what happens. */
export function openWatch(
  store: Store,
  o: { route: Route; seen: Seen; response: ServerResponse },
): OpenWatch {
  const { route, seen, response } = o;
  const collection = store.collection(route.id);
  let muted = false;
  const write = (bytes: string | Uint8Array) => void (muted || response.write(bytes));
  const send = (type: string, object: unknown) => write(`${JSON.stringify({ type, object })}\n`);
  const tell = (entry: Entry) => {
    const event = eventFor(route, entry);
    if (event !== undefined) send(event.type, event.object);
  };
  const watch: OpenWatch = {
    seen,
    plural: route.plural,
    write,
    bookmark: () =>
      send('BOOKMARK', {
        kind: 'Bookmark',
        apiVersion: 'v1',
        metadata: { resourceVersion: String(store.version) },
      }),
    error(code, reason) {
      send('ERROR', statusOf({ status: code, reason, message: `${reason}: too bad` }));
      response.end();
    },
    end: () => void response.end(),
    reset: () => void response.socket?.destroy(),
    mute: () => void (muted = true),
  };

  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  const missed = collection.since(Number(seen.query.get('resourceVersion') ?? store.version));
  if (missed === undefined) {
    watch.error(410, 'Expired');
    return watch;
  }
  missed.forEach(tell);
  const unsubscribe = collection.subscribe(tell);
  response.on('close', unsubscribe);
  return watch;
}

/** An object that enters or leaves what is selected appears or disappears for the one who watches. */
function eventFor(
  route: Route,
  { type, object, previous }: Entry,
): { type: string; object: KubeObject } | undefined {
  const now = type !== 'DELETED' && selected(route, object);
  const before = previous !== undefined && selected(route, previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object };
  return before ? { type: 'DELETED', object } : undefined;
}
