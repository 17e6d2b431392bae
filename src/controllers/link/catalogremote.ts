import { isDeepStrictEqual } from 'node:util';
import { isClusterUid, maxUid } from '../../api/linkstatus.js';
import { WrongAnswerError } from '../../net/probe/failure.js';
import { judgedBundle } from '../../pki/bundle.js';
import { backoffDelay } from '../../runtime/backoff.js';
import { createBudget } from '../../runtime/budget.js';
import { TooLargeError } from '../../runtime/errors.js';
import { remoteCacheBytes } from '../../runtime/limits.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import { createCatalogCache, type CatalogScope } from './catalogcache.js';
import { createCatalogDialer, type CatalogPeer, type CatalogReading } from './catalogdialer.js';
import { catalogRate, CatalogEndedError, type CatalogStream, type Position } from './catalogstream.js';
import { ClusterChangedError, contactProblem, type RemoteProblem } from './contact.js';
import type { Remote, RemoteChange } from './remote.js';

/** One Link whose catalog is read. */
export interface CatalogRemoteOptions extends CatalogReading {
  readonly link: string;
  /** The present facts about the peer. */
  readonly peer: () => CatalogPeer;
  readonly scope: CatalogScope;
  readonly log: Log;
  readonly onChange: (change: RemoteChange) => void;
}

/** A {@link Remote} whose facts may change while it runs. */
export interface CatalogRemote extends Remote {
  /** Connects anew, since the facts about the peer have changed; what was read stays. */
  renew(): void;
}

const backoff = { base: 250, max: 15_000 };

/** Milliseconds in which a catalog must have been told as a whole. */
const longestWhole = 120_000;

/** Milliseconds after which a stream is begun anew, so that certificates are checked again; up to half of it sooner. */
const longestStream = 3_600_000;

/** A stream that has lasted so long (ms) was no failure. */
const lasting = 30_000;

/**
 * Reads one remote cluster from the catalog of its ingress gateway; nothing starts before `run`. Whatever goes wrong, what
 * was read stays.
 */
export function createCatalogRemote(options: CatalogRemoteOptions): CatalogRemote {
  const { peer, scope, clock, log, onChange, random = Math.random } = options;
  const cache = createCatalogCache(scope, {
    budget: createBudget(remoteCacheBytes),
    log,
    // before everything is read, no service can be judged, and the change of state concerns them all
    onChange: (change) => void (synced && onChange(change)),
  });
  const dial = createCatalogDialer({ ...options, pace: createPace(catalogRate, clock) });
  let synced = false;
  let problem: RemoteProblem | undefined;
  let uid: string | undefined;
  let position: Position | undefined;
  /** The monotonic time of the last contact, and whether the present attempt has had any. */
  let seen = clock.monotonic();
  let hasContact = false;
  let proven: ReturnType<Remote['identity']>['proven'];
  let failures = 0;
  let renewing = new AbortController();

  function tell(next: RemoteProblem | undefined): void {
    const [before, shown] = [problem, problem && contactProblem(problem.error)];
    problem = next;
    if (before?.since !== next?.since) return onChange({ kind: 'state' });
    const now = next && contactProblem(next.error);
    if (now?.message !== shown?.message || now?.reason !== shown?.reason) onChange({ kind: 'contact' });
  }

  function check({ head }: CatalogStream): void {
    const { cluster, fingerprint } = peer();
    if (head.cluster !== cluster)
      throw new WrongAnswerError(`the catalog is of cluster "${head.cluster}", and not of "${cluster}"`);
    if (!isClusterUid(head.uid))
      throw new WrongAnswerError(`the catalog has no UID of at most ${maxUid} characters`);
    const expected = scope.pinnedUid ?? uid;
    if (expected !== undefined && expected !== head.uid) throw new ClusterChangedError(expected, head.uid);
    if (fingerprint === undefined) proven = undefined;
    else prove(head);
    uid = head.uid;
  }

  /** The peer of a fingerprint names its CAs itself, also the next one while they are rotated. */
  function prove({ cluster, uid, caBundle: text }: CatalogStream['head']): void {
    const before = proven;
    try {
      proven = { cluster, uid, caBundle: judgedBundle(text, new Date(clock.now())) };
    } catch (error) {
      throw new WrongAnswerError(`the catalog names CAs that cannot be used: ${(error as Error).message}`);
    }
    if (!isDeepStrictEqual(before, proven)) onChange({ kind: 'identity' });
  }

  /** Reads until the stream ends, which is an error. */
  async function follow(stream: CatalogStream): Promise<never> {
    check(stream);
    const { epoch, whole } = stream.head;
    const started = clock.monotonic();
    let collection = cache.begin(whole);
    let isWhole = whole;
    for await (const [line, bytes] of stream.lines) {
      switch (line.kind) {
        case 'service':
          collection.tell(line.service, bytes);
          break;
        case 'gone':
          collection.gone(line.key);
          break;
        case 'at':
          if (!isWhole && position !== undefined && line.version < position.version)
            throw new WrongAnswerError('the catalog goes back to an older version');
          collection.take();
          collection = cache.begin(false);
          isWhole = false;
          position = { epoch, version: line.version };
          met();
          break;
        case 'head':
          throw new WrongAnswerError('the catalog begins twice');
        default:
          line satisfies never;
      }
      if (isWhole && clock.monotonic() - started > longestWhole)
        throw new WrongAnswerError(`the catalog was not told within ${longestWhole / 1_000} s`);
    }
    throw new CatalogEndedError('the catalog has ended');
  }

  /** There is contact, and all that is known is whole. */
  function met(): void {
    seen = clock.monotonic();
    hasContact = true;
    const isFirst = !synced;
    synced = true;
    if (isFirst) onChange({ kind: 'state' });
    if (problem !== undefined) tell(undefined);
  }

  async function once(signal: AbortSignal): Promise<void> {
    const began = clock.monotonic();
    hasContact = false;
    let stream: CatalogStream | undefined;
    try {
      stream = await dial(position, signal);
      const end = clock.after(longestStream * (1 - random() / 2), () => stream?.close());
      try {
        await follow(stream);
      } finally {
        end();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (hasContact && clock.monotonic() - began > lasting) failures = 0;
      else failures++;
      // a stream that breaks off is begun anew before anybody is told; one that tells nonsense is no contact
      if (!hasContact || isNonsense(error)) tell({ error, since: problem?.since ?? seen });
      log.debug('the catalog of a peer is not read', { error });
    } finally {
      stream?.close();
    }
  }

  return {
    view(namespace, name) {
      const key = `${namespace}/${name}`;
      const service = cache.service(key);
      return {
        synced,
        ...(problem !== undefined && { failingSince: problem.since }),
        ...(service !== undefined && { service }),
        slices: cache.slices(key),
      };
    },
    services: (namespace) => cache.keys(namespace),
    identity: () => ({ synced: proven !== undefined, object: undefined, ...(proven && { proven }) }),
    get synced() {
      return synced;
    },
    get problem() {
      return problem;
    },
    get uid() {
      return uid;
    },
    version: undefined,
    renew() {
      failures = 0;
      renewing.abort();
    },
    async run(signal) {
      while (!signal.aborted) {
        renewing = new AbortController();
        const either = AbortSignal.any([signal, renewing.signal]);
        await once(either);
        const pause = failures === 0 ? backoff.base * random() : backoffDelay(failures, backoff, random);
        await clock.sleep(pause, either);
      }
    },
  };
}

/** Whether the peer has told what it must not; nothing of that was taken. */
function isNonsense(error: unknown): boolean {
  return [WrongAnswerError, ClusterChangedError, TooLargeError].some((kind) => error instanceof kind);
}
