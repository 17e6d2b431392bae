import { listen } from '../../api/names.js';
import type { Pod } from '../../api/objects.js';
import { keyOf } from '../../api/resources.js';
import type { EgressPod } from '../../transport/transport.js';
import { familyOf } from '../../mirror/family.js';
import type { Cache } from '../../runtime/cache.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { Applied } from '../../protocol/applied.js';
import type { KeyPair } from '../../pki/keypair.js';
import { followApplied, type FollowOptions } from './applied.js';

/** What changed in the fleet of egress gateways. */
export type EgressGatewaysChange =
  /** A gateway came, went, was lost or is leaving: everything may look different. */
  | { readonly kind: 'membership' }
  /** Gateways have addresses of other families than before. */
  | { readonly kind: 'families' }
  /** These ports lead somewhere else than before. */
  | { readonly kind: 'routes'; readonly ports: readonly number[] }
  /** These links are seen differently. */
  | { readonly kind: 'links'; readonly links: readonly string[] };

/** The egress gateways of this cluster and what they say they have in force. */
export interface EgressGateways {
  readonly settled: boolean;
  readonly pods: readonly EgressPod[];
  run(signal: AbortSignal): Promise<void>;
}

/** A gateway that has not answered by then (ms after it was first asked) is taken to be out of reach. */
const answerWithin = 5_000;

interface Found {
  readonly pod: EgressPod;
  /** It is being deleted, whether or not it has noticed: a process that has just begun misses the signal to stop. */
  readonly leaving: boolean;
}

interface Member {
  readonly pod: EgressPod;
  leaving: boolean;
  readonly abort: AbortController;
  applied?: Applied;
  asked: boolean;
}

/** What the fleet is made from. */
export interface EgressGatewaysOptions {
  readonly pods: Cache<Pod>;
  /** Gateways that run outside of the cluster, by address. */
  readonly fixed: readonly string[];
  readonly tls: () => KeyPair | undefined;
  readonly cluster: string;
  /** Whether any slice holds one of these addresses. */
  readonly listed: (addresses: readonly string[]) => boolean;
  readonly onChange: (change: EgressGatewaysChange) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly follow?: (options: FollowOptions, signal: AbortSignal) => Promise<void>;
}

/** Follows every egress gateway pod; asks only, writes nothing. */
export function createEgressGateways(options: EgressGatewaysOptions): EgressGateways {
  const { pods, fixed, tls, cluster, listed, onChange, clock, log, follow = followApplied } = options;
  const members = new Map<string, Member>();
  /** Whether there is a certificate to ask with, so that members are all that there are. */
  let asking = false;
  let settled = false;
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
    if (!changed) return;
    onChange({ kind: 'membership' });
    const found = familiesIn([...members.values()]);
    // while there is none, nothing is known of the next one
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
      onChange({ kind: 'membership' });
    });
    const heard = (applied: Applied | undefined) => {
      if (abort.signal.aborted) return;
      const before = member.applied;
      if (applied === undefined) delete member.applied;
      else member.applied = applied;
      member.asked = true;
      for (const change of difference(before, applied)) onChange(change);
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
        onChange: heard,
      },
      AbortSignal.any([signal, abort.signal]),
    )
      .catch((error: unknown) => log.error('following an egress gateway ended', { pod: pod.name, error }))
      .finally(cancel);
    return member;
  }

  return {
    get settled() {
      // once and for all: a pod that comes later is not listed before it has answered, and holds up nobody else
      settled ||= asking && pods.synced && [...members.values()].every(({ asked }) => asked);
      return settled;
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
      // the operator's own leaf may come after the pods
      while (!signal.aborted) {
        refresh();
        await clock.sleep(1_000, signal);
      }
      stop();
      for (const { abort } of members.values()) abort.abort();
    },
  };
}

/** In a stable order, so that what is told of several pods begins with the same one. */
function byName(members: readonly Member[]): Member[] {
  return members.toSorted((a, b) => (a.pod.name < b.pod.name ? -1 : 1));
}

function familiesIn(members: readonly Member[]): string {
  return [...new Set(members.flatMap(({ pod }) => pod.addresses.map(familyOf)))].toSorted().join();
}

/** Addresses of a pod that runs. */
function addressesOf({ status }: Readonly<Pod>): string[] {
  if (status?.phase !== 'Running') return [];
  return status.podIPs?.map(({ ip }) => ip) ?? (status.podIP === undefined ? [] : [status.podIP]);
}

/** What differs between two answers of one gateway; contact won or lost changes everything. */
export function difference(before: Applied | undefined, after: Applied | undefined): EgressGatewaysChange[] {
  if (before === undefined || after === undefined || before.draining !== after.draining)
    return before === after ? [] : [{ kind: 'membership' }];
  const ports = [...new Set([...before.routes.keys(), ...after.routes.keys()])].filter((port) => {
    const [was, is] = [before.routes.get(port), after.routes.get(port)];
    return was?.serviceId !== is?.serviceId || was?.link !== is?.link;
  });
  const links = [...new Set([...before.links.keys(), ...after.links.keys()])].filter(
    (link) => before.links.get(link) !== after.links.get(link),
  );
  return [
    ...(ports.length > 0 ? [{ kind: 'routes' as const, ports }] : []),
    ...(links.length > 0 ? [{ kind: 'links' as const, links }] : []),
  ];
}
