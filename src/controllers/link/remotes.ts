import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import type { RemoteView } from '../../mirror/view.js';
import { withoutTokens } from './boundtoken.js';
import { createApiRemote, type ApiScope } from './apiremote.js';
import type { CatalogScope } from './catalogcache.js';
import type { CatalogPeer } from './catalogdialer.js';
import type { CatalogRemote, CatalogRemoteOptions } from './catalogremote.js';
import type { Remote, RemoteChange } from './remote.js';

/** The plan for reading one remote cluster from its API server. */
export interface ApiPlan {
  readonly kubeconfig: string;
  readonly scope: ApiScope;
  /** Whether the API server's certificate is verified; without that, nothing about trust is learned. */
  readonly verified: boolean;
}

/** The plan for reading one remote cluster from the catalog of its gateway. */
export interface CatalogPlan {
  readonly peer: CatalogPeer;
  readonly scope: CatalogScope;
}

/** The plan for reading one remote cluster. */
export type RemotePlan = ApiPlan | CatalogPlan;

/** The remote clusters, by the name of their Link. */
export interface Remotes {
  get(link: string): Remote | undefined;
  /** A remote service over that Link; undefined before the first attempt to connect. */
  view(link: string, namespace: string, name: string): RemoteView | undefined;
  /** The remote with the newest credentials, whose caches may not be complete. */
  newest(link: string): Remote | undefined;
  /** Whether the connection in use is verified. */
  verified(link: string): boolean;
  /**
   * Reads by the plan. After a change of the plan, the old caches serve until the new ones are complete. A new token of the
   * same ServiceAccount changes nothing: the caches stay, and their client uses it within a minute. They stay with other
   * facts about the same peer, too.
   */
  ensure(link: string, plan: RemotePlan): void;
  /** Stops watching and forgets everything: the Link is gone, or only exports. */
  drop(link: string): void;
  /** Stops watching and keeps the caches: the credentials are gone or broken. */
  freeze(link: string): void;
  stop(): Promise<void>;
}

interface Running {
  readonly signature: string;
  /** The newest plan of that signature. */
  readonly held: { plan: RemotePlan };
  readonly remote: Remote;
  /** Uses the newest plan at once, where that is needed. */
  readonly renew: () => void;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Shortest time between two complete checks of a Link because of changing contact or identity. */
const rate = { burst: 10, everyMs: 1_000 };

/** Keeps one running {@link Remote} for each Link. */
export function createRemotes(options: {
  /** Makes a client that reads the kubeconfig again when it needs credentials. */
  connect: (link: string, kubeconfig: () => string) => KubeClient;
  /** Makes the reader of a catalog, which asks for the facts about the peer again when it connects. */
  readCatalog: (
    o: Pick<CatalogRemoteOptions, 'link' | 'peer' | 'scope' | 'log' | 'onChange'>,
  ) => CatalogRemote;
  clock: Clock;
  log: Log;
  onChange: (link: string, change: RemoteChange) => void;
  /** Called when nothing of that Link is read any more. @default nobody is called */
  onDropped?: (link: string) => void;
}): Remotes {
  const { connect, clock, log, onChange } = options;
  const current = new Map<string, Running>();
  const next = new Map<string, Running>();
  /** The monotonic time (ms) since which there is no contact, until a successor has complete caches. */
  const frozen = new Map<string, number>();
  const ending = new Set<Promise<void>>();
  const pace = createPace(rate, clock);
  /** Delayed notifications, by Link and kind. */
  const waiting = new Map<string, () => void>();

  function tell(link: string, change: RemoteChange): void {
    if (change.kind === 'service') return onChange(link, change);
    const key = `${link} ${change.kind}`;
    if (waiting.has(key)) return;
    const wait = pace.wait(key);
    const now = () => {
      waiting.delete(key);
      pace.spend(key);
      onChange(link, change);
    };
    if (wait === 0) now();
    else waiting.set(key, clock.after(wait, now));
  }

  function start(link: string, plan: RemotePlan, signature: string): Running {
    const abort = new AbortController();
    const held = { plan };
    const made = {
      log: log.child({ link }),
      onChange: (change: RemoteChange) => {
        promote(link);
        tell(link, change);
      },
    };
    const { remote, renew } = makeRemote(link, held, made);
    const done = remote
      .run(abort.signal)
      .catch((error: unknown) => log.error('reading a remote cluster ended', { link, error }));
    return { signature, held, remote, renew, abort, done };
  }

  function makeRemote(
    link: string,
    held: { plan: RemotePlan },
    made: Pick<CatalogRemoteOptions, 'log' | 'onChange'>,
  ): Pick<Running, 'remote' | 'renew'> {
    const { plan } = held;
    if ('kubeconfig' in plan) {
      const kubeconfig = () => ('kubeconfig' in held.plan ? held.plan.kubeconfig : '');
      // its client uses a new token soon enough
      return {
        remote: createApiRemote(connect(link, kubeconfig), plan.scope, { clock, ...made }),
        renew: () => {},
      };
    }
    const peer = () => ('peer' in held.plan ? held.plan.peer : plan.peer);
    const remote = options.readCatalog({ link, peer, scope: plan.scope, ...made });
    return { remote, renew: () => remote.renew() };
  }

  function end(running: Running | undefined): void {
    if (running === undefined) return;
    running.abort.abort();
    ending.add(running.done);
    void running.done.finally(() => ending.delete(running.done));
  }

  /** The successor takes over when its caches are complete: until then old data is better than none. */
  function promote(link: string): void {
    const successor = next.get(link);
    if (successor?.remote.synced !== true) return;
    next.delete(link);
    end(current.get(link));
    use(link, successor);
    // nobody was notified of what it read of the peer while its predecessor was in use
    tell(link, { kind: 'identity' });
  }

  function use(link: string, running: Running): void {
    current.set(link, running);
    frozen.delete(link);
  }

  /**
   * Whether the running remote follows the plan; then it has the newest token, or the newest facts. When there is trouble,
   * a client of its own is quicker.
   */
  function takesUp(running: Running, signature: string, plan: RemotePlan): boolean {
    const { abort, held, remote } = running;
    if (running.signature !== signature || abort.signal.aborted) return false;
    const isSame = isDeepStrictEqual(factsOf(held.plan), factsOf(plan));
    if (!isSame && 'kubeconfig' in plan && remote.problem !== undefined) return false;
    held.plan = plan;
    if (!isSame) running.renew();
    return true;
  }

  return {
    get: (link) => current.get(link)?.remote,
    view(link, namespace, name) {
      const view = current.get(link)?.remote.view(namespace, name);
      const since = frozen.get(link);
      if (since === undefined) return view;
      const failingSince = Math.min(since, view?.failingSince ?? since);
      return { synced: false, slices: [], ...view, failingSince };
    },
    newest: (link) => (next.get(link) ?? current.get(link))?.remote,
    verified: (link) => isVerified(current.get(link)?.held.plan),
    ensure(link, plan) {
      const signature = signatureOf(plan);
      const running = current.get(link);
      if (running !== undefined && takesUp(running, signature, plan)) {
        end(next.get(link));
        next.delete(link);
        return;
      }
      const successor = next.get(link);
      if (successor !== undefined && takesUp(successor, signature, plan)) return;
      end(next.get(link));
      next.delete(link);
      const started = start(link, plan, signature);
      if (running?.remote.synced === true) next.set(link, started);
      else {
        end(running);
        use(link, started);
      }
    },
    drop(link) {
      const ended = [current.get(link), next.get(link)].filter((running) => running !== undefined);
      for (const running of ended) end(running);
      current.delete(link);
      next.delete(link);
      frozen.delete(link);
      if (ended.length === 0) return;
      void Promise.all(ended.map(({ done }) => done)).then(() => {
        if (!current.has(link)) options.onDropped?.(link);
      });
    },
    freeze(link) {
      end(current.get(link));
      end(next.get(link));
      next.delete(link);
      if (frozen.has(link)) return;
      frozen.set(link, clock.monotonic());
      onChange(link, { kind: 'state' });
    },
    async stop() {
      for (const running of [...current.values(), ...next.values()]) end(running);
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
      await Promise.all(ending);
    },
  };
}

/** What differs between plans that need caches of their own. */
function signatureOf(plan: RemotePlan): string {
  if ('kubeconfig' in plan) {
    const { selector, namespaces, identityIn, services } = plan.scope;
    return JSON.stringify([withoutTokens(plan.kubeconfig), selector, namespaces, identityIn, services]);
  }
  const { selector, namespaces, services } = plan.scope;
  return JSON.stringify(['catalog', plan.peer.cluster, selector, namespaces, services]);
}

/** What may differ between plans that share caches. */
function factsOf(plan: RemotePlan): unknown {
  if ('kubeconfig' in plan) return plan.kubeconfig;
  const { caBundle, ...peer } = plan.peer;
  // with a fingerprint the CAs are the peer's own words, and of use for the next connection
  return peer.fingerprint === undefined ? { caBundle, ...peer } : peer;
}

/** A catalog is read from nobody else than the pinned peer. */
function isVerified(plan: RemotePlan | undefined): boolean {
  return plan !== undefined && ('kubeconfig' in plan ? plan.verified : true);
}
