import { listen } from '../../api/names.js';
import type { Pod } from '../../api/objects.js';
import { keyOf } from '../../api/resources.js';
import type { EgressPod } from '../../transport/transport.js';
import { familyOf } from '../../endpoints/family.js';
import type { Cache } from '../../runtime/cache.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { Applied } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';
import { followApplied, type FollowOptions } from './applied.js';
import { appliedDifference, type EgressGatewaysChange } from './applieddifference.js';

/** The egress gateways of this cluster, and the state that they report to have in force. */
export interface EgressGateways {
  readonly complete: boolean;
  readonly pods: readonly EgressPod[];
  run(signal: AbortSignal): Promise<void>;
}

/** A gateway that has not answered after this time (ms since the first poll) counts as out of reach. */
const answerWithin = 5_000;

interface Found {
  readonly pod: EgressPod;
  /** The pod is being deleted, even if it has not noticed: a process that has just started misses the signal to stop. */
  readonly leaving: boolean;
}

interface Member {
  readonly pod: EgressPod;
  leaving: boolean;
  readonly abort: AbortController;
  applied?: Applied;
  asked: boolean;
}

/** The dependencies. */
export interface EgressGatewaysOptions {
  readonly pods: Cache<Pod>;
  /** Addresses of gateways that run outside of the cluster. */
  readonly fixed: readonly string[];
  readonly tls: () => KeyPair | undefined;
  readonly cluster: string;
  /** Whether any slice lists one of these addresses. */
  readonly listed: (addresses: readonly string[]) => boolean;
  readonly onChange: (change: EgressGatewaysChange) => void;
  /** The share of the Links for which this process asks. @default 0 */
  readonly share?: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly follow?: (options: FollowOptions, signal: AbortSignal) => Promise<void>;
}

/** Follows every egress gateway pod; it only asks and writes nothing. */
export function createEgressGateways(options: EgressGatewaysOptions): EgressGateways {
  const { pods, fixed, tls, cluster, listed, onChange, clock, log, follow = followApplied } = options;
  const members = new Map<string, Member>();
  /** Whether there is a certificate for polls, so that all members are known. */
  let asking = false;
  let complete = false;
  /** Somebody was told that it is not complete, and waits. */
  let awaited = false;
  let families = '';
  let running: AbortSignal | undefined;

  function wanted(): Map<string, Found> {
    const found = pods.list().flatMap((pod): [string, Found][] => {
      const addresses = addressesOf(pod);
      if (addresses.length === 0) return [];
      const leaving = pod.metadata.deletionTimestamp !== undefined;
      return [[`${keyOf(pod)} ${addresses.join()}`, { pod: { name: keyOf(pod), addresses }, leaving }]];
    });
    const outside = fixed.map((address): [string, Found] => [
      address,
      { pod: { name: address, addresses: [address] }, leaving: false },
    ]);
    return new Map([...found, ...outside]);
  }

  /**
   * Whether all are asked from now on. This stays: a pod that comes later is not listed before it has answered, and holds
   * up no other pod.
   */
  function completes(): boolean {
    if (complete || !asking || !pods.synced) return false;
    complete = [...members.values()].every(({ asked }) => asked);
    return complete;
  }

  function refresh(): void {
    if (running === undefined || running.aborted || tls() === undefined) return;
    asking = true;
    const now = wanted();
    let changed = false;
    for (const [id, member] of members) {
      if (now.has(id)) continue;
      member.abort.abort();
      members.delete(id);
      changed = true;
    }
    for (const [id, found] of now) {
      const member = members.get(id);
      if (member?.leaving === found.leaving) continue;
      if (member === undefined) members.set(id, join(found, running));
      else member.leaving = found.leaving;
      changed = true;
    }
    // where no gateway runs, none comes or answers, so nothing else wakes who waits
    if (completes() && awaited) changed = true;
    if (!changed) return;
    onChange({ kind: 'membership' });
    const found = familiesIn([...members.values()]);
    // without members, the families of the next one are not known
    if (found === '' || found === families) return;
    families = found;
    onChange({ kind: 'families' });
  }

  function join({ pod, leaving }: Found, signal: AbortSignal): Member {
    const abort = new AbortController();
    const member: Member = { pod, leaving, abort, asked: false };
    const cancel = clock.after(answerWithin, () => {
      if (member.asked) return;
      member.asked = true;
      completes();
      onChange({ kind: 'membership' });
    });
    const heard = (applied: Applied | undefined) => {
      if (abort.signal.aborted) return;
      const before = member.applied;
      if (applied === undefined) delete member.applied;
      else member.applied = applied;
      member.asked = true;
      completes();
      for (const change of appliedDifference(before, applied)) onChange(change);
    };
    const address = pod.addresses[0] ?? '';
    const keyPair = () => tls() ?? { cert: '', key: '', ca: '' };
    follow(
      {
        address,
        port: listen.applied,
        tls: keyPair,
        cluster,
        clock,
        log: log.child({ pod: pod.name }),
        listed: () => listed(pod.addresses),
        share: options.share ?? 0,
        onChange: heard,
      },
      AbortSignal.any([signal, abort.signal]),
    )
      .catch((error: unknown) => log.error('following an egress gateway ended', { pod: pod.name, error }))
      .finally(cancel);
    return member;
  }

  return {
    get complete() {
      awaited ||= !complete;
      return complete;
    },
    get pods() {
      return byName([...members.values()]).map(({ pod, leaving, applied }) => ({
        ...pod,
        ...(applied !== undefined && { applied: leaving ? { ...applied, draining: true } : applied }),
      }));
    },
    async run(signal) {
      running = signal;
      const stop = pods.onChange(refresh);
      // the operator's own leaf may come later than the pods
      while (!signal.aborted) {
        refresh();
        await clock.sleep(1_000, signal);
      }
      stop();
      for (const { abort } of members.values()) abort.abort();
    },
  };
}

/** In a stable order, so that messages about several pods begin with the same one. */
function byName(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => (a.pod.name < b.pod.name ? -1 : 1));
}

function familiesIn(members: readonly Member[]): string {
  return [...new Set(members.flatMap(({ pod }) => pod.addresses.map(familyOf)))].toSorted().join();
}

/** The addresses of a running pod. */
function addressesOf({ status }: Readonly<Pod>): string[] {
  if (status?.phase !== 'Running') return [];
  return status.podIPs?.map(({ ip }) => ip) ?? (status.podIP === undefined ? [] : [status.podIP]);
}
