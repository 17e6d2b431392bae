import type { KubeObject } from '../../api/objects.js';
import type { Resource } from '../../api/resources.js';
import type { Clock } from '../clock.js';
import { DeadlineExceeded } from '../deadline.js';
import { NetworkError } from '../errors.js';
import type { KubeClient, WatchEvent } from '../kube.js';
import type { Selection } from '../paths.js';

/** Bookmarks come about once a minute (KEP-956), so after this silence the server is most likely gone. */
const silenceMs = 150_000;

/**
 * Reads one watch, and gives it up after 150 s of silence: a connection that the network has dropped without an error
 * looks like a resource on which nothing happens.
 *
 * @throws NetworkError with code `ESILENT`, and what the watch throws
 */
export async function* followWatch<T extends KubeObject>(
  kube: KubeClient,
  resource: Resource<T>,
  o: Selection & { resourceVersion: string; clock: Clock; onOpen: () => void },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const { clock, ...request } = o;
  const own = new AbortController();
  const stop = () => own.abort(signal.reason);
  if (signal.aborted) return;
  signal.addEventListener('abort', stop, { once: true });

  let heardAt = clock.monotonic();
  let silent = false;
  let cancel = () => {};
  // one timer that checks a time stamp, and not one timer per event
  const look = () => {
    const left = heardAt + silenceMs - clock.monotonic();
    if (left > 0) {
      cancel = clock.after(left, look);
      return;
    }
    silent = true;
    own.abort(new DeadlineExceeded(`silent for ${silenceMs} ms`));
  };
  look();
  try {
    for await (const event of kube.watch(resource, request, own.signal)) {
      heardAt = clock.monotonic();
      yield event;
    }
    if (silent)
      throw new NetworkError(`WATCH ${resource.plural}: silent for ${silenceMs} ms`, { code: 'ESILENT' });
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
