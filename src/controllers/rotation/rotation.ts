import { conditionOf, timestamp, toConditions } from '../../api/conditions.js';
import { discoveryOf, type Link } from '../../api/link.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import type { Secret } from '../../api/objects.js';
import { following, type Following } from '../../peers/followers.js';
import { createAuthority } from '../../pki/ca.js';
import { actedOn, decodeCaSecret, requestsOf } from '../../pki/casecret.js';
import { roles } from '../../pki/profile.js';
import { authorityDue, dueLeaves } from '../../pki/renewal.js';
import {
  fingerprintIn,
  nextStep,
  phaseOf,
  publish,
  rotationProblem,
  type CaSecret,
} from '../../pki/rotation.js';
import { decodeKeyPair } from '../../pki/keypair.js';
import { servedPeer } from '../../peers/decide.js';
import type { GatewayFacts } from '../../transport/transport.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Happening, Recorder } from '../../runtime/events.js';
import type { Log } from '../../runtime/log.js';
import { createWarningReporter } from '../../runtime/warnings.js';
import { leafSecrets } from '../gateway/certificates.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { LinkStatuses } from '../link/statuswrites.js';
import type { LocalCaches, Self } from '../caches.js';
import { createCallers } from './trustreports.js';
import { writeCaSecret } from './casecret.js';

/** The dependencies of the rotation controller. */
export interface RotationOptions {
  readonly caches: LocalCaches;
  readonly registry: PeerRegistry;
  readonly facts: (link: string) => GatewayFacts;
  readonly applier: Applier;
  readonly statuses: LinkStatuses;
  readonly events: Recorder;
  readonly self: Self;
  readonly clock: Clock;
  readonly log: Log;
}

/** Its only key: there is one CA in a cluster. */
export const rotationKey = 'rotation';

/** While the rotation waits for peers, it checks them this often (ms) even if nothing wakes it; otherwise every hour. */
const lookWhileWaiting = 5_000;
const longestRest = 3600_000;

/** The field manager of `RotationFollowed` in Links. */
const manager = 'service-mirror-rotation';

/**
 * Moves the rotation of the CA forward, one step at a time. Writes the CA's Secret, the condition `RotationFollowed`
 * of Links while it waits for them, events about the Secret, and nothing else.
 */
export function reconcileRotation(options: RotationOptions): () => Promise<{ requeueAfter: number } | void> {
  const { caches, registry, applier, statuses, events, self, clock, log } = options;
  const callers = createCallers(options);
  const warn = createWarningReporter(events);
  let warned = '';

  /** Reports equal messages in a row only once. */
  function tell(about: Readonly<Secret>, happening: Happening): void {
    const text = `${happening.reason} ${happening.message}`;
    if (text === warned) return;
    warned = text;
    events.event(about, happening);
    log[happening.type === 'Warning' ? 'warn' : 'info'](happening.message, { reason: happening.reason });
  }

  function followers(fingerprint: string): ReadonlyMap<string, Following> {
    const heard = callers.heard();
    const deaf = callers.deaf();
    return new Map(
      [...registry.peers()].flatMap(([link, decision]) => {
        const peer = servedPeer(decision);
        if (peer === undefined) return [];
        const { complete: settled, pods } = options.facts(link).egress;
        const spec = registry.get(link)?.spec;
        const said = following(
          {
            cluster: peer.cluster,
            calls: spec !== undefined && discoveryOf(spec) !== undefined,
            // a peer that has not been asked yet may still not trust the CA
            reports: settled ? pods.flatMap(({ applied }) => applied?.links.get(link) ?? []) : [],
            heard: heard.flatMap((one) => (one.has(link) ? [one.get(link) ?? []] : [])),
            ...(deaf !== undefined && { deaf }),
          },
          fingerprint,
        );
        return [[link, said] as const];
      }),
    );
  }

  /** A Link shows whether it has followed for as long as that matters. */
  async function mark(found: ReadonlyMap<string, Following>): Promise<void> {
    for (const { metadata } of caches.links.list()) {
      const said = found.get(metadata.name);
      await statuses.write(metadata.name, {
        manager,
        decide: (actual) => {
          if (said === undefined && conditionOf(actual, 'RotationFollowed') === undefined) return undefined;
          return { conditions: said === undefined ? [] : conditionsOf(said, actual) };
        },
      });
    }
  }

  function conditionsOf(said: Following, { status, metadata }: Readonly<Link>) {
    const decision =
      said.kind === 'followed'
        ? ({ status: 'True', reason: 'RotationFollowed', message: 'the peer trusts the next CA' } as const)
        : ({ status: 'False', reason: 'RotationWaiting', message: said.message } as const);
    return toConditions([{ type: 'RotationFollowed', ...decision }], status?.conditions, {
      now: timestamp(clock.now()),
      generation: metadata.generation,
    });
  }

  function leavesFollow({ signing }: CaSecret, now: Date): boolean {
    const held = (name: string) => decodeKeyPair(caches.secrets.get(`${self.namespace}/${name}`)?.data);
    const leaves = Object.fromEntries(roles.map((role) => [role, held(leafSecrets[role])] as const));
    const due = dueLeaves({ authority: signing, leaves }, { cluster: self.cluster, now });
    return [...due.values()].every((reason) => reason === 'Old');
  }

  return async () => {
    const secret = caches.secrets.get(`${self.namespace}/${ownNames.ca}`);
    const caSecret = decodeCaSecret(secret);
    if (secret === undefined || caSecret === undefined) return;
    const failure = warn(await callers.keep(phaseOf(caSecret) === 'published'));
    const rest = await advance(secret, caSecret);
    // thrown last, because the steps above do not depend on it
    if (failure !== undefined) throw failure;
    return rest;
  };

  async function advance(
    secret: Readonly<Secret>,
    caSecret: CaSecret,
  ): Promise<{ requeueAfter: number } | void> {
    const now = clock.now();
    const phase = phaseOf(caSecret);
    const found =
      phase === 'published' ? followers(fingerprintIn(caSecret.next?.cert ?? '')) : new Map<string, never>();
    const waiting = [...found].flatMap(([link, said]) => (said.kind === 'waiting' ? [link] : []));
    await mark(found);
    const requests = requestsOf(secret);
    const problem = foreign(secret) ?? rotationProblem(caSecret);
    const broken = authorityDue(caSecret.signing, new Date(now));
    if (broken !== undefined && broken !== 'Expired') return;
    const at = { now, ...requests, waiting: waiting.length > 0 };
    const step = nextStep(caSecret, { ...at, leavesFollow: leavesFollow(caSecret, new Date(now)) });
    if (problem !== undefined && (requests.requested || step.kind !== 'rest')) {
      const message = `the CA is not rotated: ${problem}`;
      tell(secret, { type: 'Warning', reason: 'RotationRefused', message });
      return { requeueAfter: longestRest };
    }
    if (requests.forced && phase === 'steady' && step.kind === 'rest') {
      // mark the request as done: otherwise the next rotation, years later, would not wait
      await writeCaSecret(applier, secret, { caSecret, seen: actedOn(secret, requests) });
      return;
    }
    switch (step.kind) {
      case 'rest':
        if (waiting.length > 0) tell(secret, waitingFor(waiting));
        return { requeueAfter: Math.max(1_000, Math.min(restOf(waiting), (step.until ?? Infinity) - now)) };
      case 'make': {
        const { cert, key } = await createAuthority(self.cluster, { now: new Date(now) });
        return write(secret, publish(caSecret, { cert, key }, now), step.reason);
      }
      case 'write':
        return write(secret, step.caSecret);
      default:
        step satisfies never;
    }
  }

  /** Writes the next phase; the change of the cache wakes this controller again. */
  async function write(secret: Readonly<Secret>, caSecret: CaSecret, why?: string): Promise<void> {
    const phase = phaseOf(caSecret);
    const { requested, forced } = requestsOf(secret);
    // A force that comes with a request applies to the waiting that follows. A request that comes while the last
    // rotation ends starts a rotation of its own.
    const seen = actedOn(secret, {
      requested: requested && phase !== 'steady',
      forced: forced && phase !== 'published',
    });
    await writeCaSecret(applier, secret, { caSecret, seen });
    const print = fingerprintIn((caSecret.next ?? caSecret.signing).cert).slice(0, 16);
    tell(secret, { type: 'Normal', ...tidings[phase](print, why) });
  }
}

const tidings = {
  published: (print: string, why = 'Requested') => ({
    reason: 'RotationPublished',
    message: `CA ${print}… is published beside the one that signs (${why}); it signs when all peers trust it`,
  }),
  settling: (print: string) => ({
    reason: 'RotationSigning',
    message: `CA ${print}… signs now; the one before stays in the bundle until its last leaf has expired`,
  }),
  steady: (print: string) => ({
    reason: 'RotationDone',
    message: `CA ${print}… stands alone; what the one before has signed is refused as soon as gateways have read that, within seconds`,
  }),
};

function waitingFor(waiting: readonly string[]): Happening {
  const some = waiting.toSorted().slice(0, 10).join(', ');
  const more = waiting.length > 10 ? ` and ${waiting.length - 10} more` : '';
  return {
    type: 'Warning',
    reason: 'RotationWaiting',
    message: `waits for the peers of Links ${some}${more}: see their condition RotationFollowed; rotate-ca --force waits no longer, and cuts off those that have not followed`,
  };
}

function restOf(waiting: readonly string[]): number {
  return waiting.length > 0 ? lookWhileWaiting : longestRest;
}

function foreign({ metadata }: Readonly<Secret>): string | undefined {
  if (metadata.labels?.[keys.managedBy] === managedBy) return undefined;
  return `Secret ${ownNames.ca} was put there by others, so that they rotate it: put the new certificate into ca.crt beside the old one, wait until the status of all peers' Links shows its fingerprint, then put it and its key into tls.crt and tls.key`;
}
