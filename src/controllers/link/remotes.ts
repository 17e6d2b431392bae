import type { Clock } from '../../runtime/clock.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { createPace } from '../../runtime/pace.js';
import type { RemoteView } from '../../mirror/view.js';
import { withoutTokens } from './boundtoken.js';
import { createApiRemote, type ApiScope } from './apiremote.js';
import type { Remote, RemoteChange } from './remote.js';

/** The plan for watching one remote cluster. */
export interface RemotePlan {
  readonly kubeconfig: string;
  readonly scope: ApiScope;
  /** Whether the API server's certificate is verified; without that, nothing about trust is learned. */
  readonly verified: boolean;
}

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
   * Watches by the plan. After a change of the plan, the old caches serve until the new ones are complete. A new
   * token of the same ServiceAccount changes nothing: the caches stay, and their client uses it within a minute.
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
  /** The kubeconfig, with the newest token. */
  readonly held: { kubeconfig: string };
  readonly remote: Remote;
  readonly verified: boolean;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Shortest time between two complete checks of a Link because of changing contact or identity. */
const rate = { burst: 10, everyMs: 1_000 };

/** Keeps one running {@link Remote} for each Link. */
export function createRemotes(options: {
  /** Makes a client that reads the kubeconfig again when it needs credentials. */
  connect: (link: string, kubeconfig: () => string) => KubeClient;
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
    const held = { kubeconfig: plan.kubeconfig };
    const remote = createApiRemote(
      connect(link, () => held.kubeconfig),
      plan.scope,
      {
        clock,
        log: log.child({ link }),
        onChange: (change) => {
          promote(link);
          tell(link, change);
        },
      },
    );
    const done = remote
      .run(abort.signal)
      .catch((error: unknown) => log.error('watching a remote cluster ended', { link, error }));
    return { signature, held, remote, verified: plan.verified, abort, done };
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
   * Whether the running remote follows the plan; then it has the newest token. When there is trouble, a client of its
   * own is quicker.
   */
  function takesUp(running: Running, signature: string, kubeconfig: string): boolean {
    const { abort, held, remote } = running;
    if (running.signature !== signature || abort.signal.aborted) return false;
    if (held.kubeconfig !== kubeconfig && remote.problem !== undefined) return false;
    held.kubeconfig = kubeconfig;
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
    verified: (link) => current.get(link)?.verified ?? false,
    ensure(link, plan) {
      const signature = JSON.stringify([
        withoutTokens(plan.kubeconfig),
        plan.scope.selector,
        plan.scope.namespaces,
        plan.scope.identityIn,
        plan.scope.services,
      ]);
      const running = current.get(link);
      if (running !== undefined && takesUp(running, signature, plan.kubeconfig)) {
        end(next.get(link));
        next.delete(link);
        return;
      }
      const successor = next.get(link);
      if (successor !== undefined && takesUp(successor, signature, plan.kubeconfig)) return;
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
