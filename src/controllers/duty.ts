import { backendsOfSpec, localCluster } from '../api/backends.js';
import { importsOfSpec } from '../api/link.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { shareOf, type Share } from '../api/shares.js';
import type { ControllerOptions } from '../runtime/controller.js';
import { remoteOf } from './import/keys.js';
import type { QueueName } from './queues.js';
import type { LocalCaches } from './caches.js';

/** In place of a Link in the keys of federated mirrors: one share makes them all. */
const noLink = '';

type Reconcile = ControllerOptions['reconcile'];

/** Which work is this process's, where the Links are divided over replicas; each object has one writer. */
export interface Duty {
  readonly share: Share;
  /** Whether it writes for that Link and reads its remote cluster. */
  hasLink(name: string): boolean;
  /** Whether it needs that Link for a mirror that it writes for, or makes; the Link may be another's. */
  reads(link: string): boolean;
  /** Whether it writes for the mirror of that key, and removes what an earlier mirror of that key has left. */
  hasMirror(key: string): boolean;
  /** Whether a key of that queue is work for this process. */
  has(queue: QueueName, key: string): boolean;
  /** The Link for which work on a key of a mirror's queue is done; '': it is not known. */
  readonly linkOf: (mirror: string) => string;
  /** The same reconcile for keys that are its work; it does nothing for others. */
  within(queue: QueueName, reconcile: Reconcile): Reconcile;
}

/**
 * The Link whose share a mirror is of: of several the first by name, wherever the spec lists it. A mirror that comes to
 * another share gets other egress ports, and its slices are empty until gateways route them.
 */
function clusterOf(mirror: Readonly<ServiceMirror>): string {
  const all = backendsOfSpec(mirror).map(({ cluster }) => cluster);
  // this cluster has no Link, and all mirrors with its own pods would be of one share
  return all.filter((cluster) => cluster !== localCluster).toSorted()[0] ?? all[0] ?? '';
}

/**
 * A Link belongs to the share that follows from its name, and a mirror belongs where its Link does, also if there is no
 * such Link. A mirror that is gone named a Link that nobody remembers after a restart, so its key decides who removes
 * what it has left. What there is once in a cluster (CA, peers, exports) is the work of share 0.
 */
export function createDuty(share: Share, { mirrors, links }: Pick<LocalCaches, 'mirrors' | 'links'>): Duty {
  const { index, count } = share;
  const isMine = (name: string) => shareOf(name, count) === index;
  const hasMirror = (key: string) => {
    const mirror = mirrors.get(key);
    return mirror === undefined ? isMine(key) : isMine(clusterOf(mirror));
  };
  function has(queue: QueueName, key: string): boolean {
    switch (queue) {
      case 'services':
      case 'endpoints':
      case 'pods':
      case 'status':
        return hasMirror(key);
      case 'health':
        return isMine(key);
      case 'automatic':
        return isMine(remoteOf(key).cluster);
      case 'links':
        // of the others it reads what they publish about themselves
        return true;
      case 'exports':
      case 'invitations':
      case 'gateway':
      case 'rotation':
        return index === 0;
      default:
        return queue satisfies never;
    }
  }

  return {
    share,
    hasLink: isMine,
    reads: (link) =>
      mirrors.by('link', link).some((mirror) => isMine(clusterOf(mirror))) ||
      (isMine(noLink) && importsOfSpec(links.get(link))?.federated !== undefined),
    hasMirror,
    has,
    linkOf: (key) => {
      const mirror = mirrors.get(key);
      return mirror === undefined ? '' : clusterOf(mirror);
    },
    within: (queue, reconcile) => async (key, signal) =>
      has(queue, key) ? reconcile(key, signal) : undefined,
  };
}
