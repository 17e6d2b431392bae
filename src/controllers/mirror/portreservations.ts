import type { RemoteService } from '../../api/backends.js';
import { keyOf } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { PortAllocator } from '../../transport/ports.js';
import { createPortShares, describeFull } from '../../transport/shares.js';
import type { Clock } from '../../runtime/clock.js';
import { isAlreadyExists, isConflict, isRefusal } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { createSerial } from '../../runtime/serial.js';
import type { LocalCaches } from '../caches.js';
import type { Duty } from '../duty.js';
import {
  heldPorts,
  ownerOf,
  partiesOf,
  seniorityOf,
  targetOf,
  writtenIn,
  type Holding,
} from './portholdings.js';
import { createPortRecords, NotManagedError } from './portrecord.js';
import { portsInSlices } from './shownports.js';

/** The service ports that should lead to a backend. */
export interface WantedPorts {
  readonly backend: RemoteService;
  readonly ports: readonly number[];
}

/** The result of a claim. */
export interface Claimed {
  /** The egress port of each service port that has one. */
  readonly ports: ReadonlyMap<number, number>;
  /** The reason why others have none. */
  readonly exhausted?: string;
}

/**
 * The egress ports of all mirrors. A port leads to one target, today one backend: a mirror with another target gets
 * other ports.
 */
export interface PortReservations {
  /**
   * Claims an egress port for each of these ports of each backend, and frees all other ports of the mirror. Throws on
   * I/O failure.
   *
   * @returns what came of each, in the same order
   */
  claim(mirror: Readonly<ServiceMirror>, wanted: readonly WantedPorts[]): Promise<readonly Claimed[]>;
  /** The present egress ports of the mirror for that backend, by service port; claims nothing. */
  held(mirror: Readonly<ServiceMirror>, backend: RemoteService): ReadonlyMap<number, number>;
  /** Notes that the mirror of that UID no longer exists: its ports rest, and then serve other mirrors. */
  release(uid: string): void;
}

/** Tries to record ports while other shares record theirs; then the mirror waits for its next turn. */
const attempts = 5;

/**
 * Keeps the allocator's record in a ConfigMap. Each leader makes the allocator from statuses, slices and that record.
 * Where the Links are divided, each share has an allocator and a record of its own. A port that is in the record of
 * another share, or in the status of its mirrors, is not given out.
 */
export function createPortReservations(
  kube: KubeClient,
  options: {
    namespace: string;
    caches: LocalCaches;
    duty: Pick<Duty, 'share' | 'hasMirror'>;
    clock: Clock;
  },
): PortReservations {
  const { namespace, caches, duty, clock } = options;
  const isDivided = duty.share.count > 1;
  const records = createPortRecords(kube, namespace, duty.share);
  /** By UID of the mirror and target. */
  const holdings = new Map<string, Map<string, Holding>>();
  const shares = createPortShares();
  let allocator: PortAllocator | undefined;
  /** The allocator before it, which knows ports that a record out of a backup does not. */
  let former: PortAllocator | undefined;
  /** Claims run one after the other, because two would write the same record. */
  const inTurn = createSerial();

  async function open(): Promise<PortAllocator> {
    const { cursor, used } = await records.read();
    // a port that slices still show was in use a moment ago, whatever the record says
    const shown = [...portsInSlices(caches)].filter((port) => !isElsewhere(port));
    const before = caches.mirrors
      .list()
      .filter((mirror) => duty.hasMirror(keyOf(mirror)))
      .map((mirror) => ({ mirror, its: holdingsOf(mirror) }));
    const held = before
      .flatMap(({ mirror, its }) => its.flatMap((holding) => heldPorts(mirror, holding)))
      .filter(({ port, seniority }) => strangers(port).every((other) => seniority < seniorityOf(other)));
    const now = clock.monotonic();
    const known = former?.used(now) ?? [];
    const record = { cursor, used: new Set([...used, ...shown, ...known]) };
    const opened = new PortAllocator(record, held, { now, isElsewhere });
    // they may be on record as another share's, which forgets them when they have rested there
    if (isDivided && held.some(({ port }) => !used.has(port)))
      await records.write({ cursor, used: opened.used(now) });
    former = undefined;
    holdings.clear();
    shares.reopen();
    const owners = new Map(opened.owners());
    for (const holding of before.flatMap(({ its }) => its))
      for (const [port, gatewayPort] of holding.ports)
        if (owners.get(ownerOf(holding, port)) === gatewayPort) note(holding, port, gatewayPort);
    return opened;
  }

  /** The mirrors of other shares whose status has that port. */
  function strangers(port: number): readonly Readonly<ServiceMirror>[] {
    return isDivided
      ? caches.mirrors.by('gatewayPort', String(port)).filter((mirror) => !duty.hasMirror(keyOf(mirror)))
      : [];
  }

  function isElsewhere(port: number): boolean {
    return records.isElsewhere(port) || strangers(port).length > 0;
  }

  /** The ports of a mirror, or, if it has none here, those in its own status. */
  function holdingsOf(mirror: Readonly<ServiceMirror>): readonly Holding[] {
    const given = holdings.get(mirror.metadata.uid ?? '');
    return given === undefined ? writtenIn(mirror) : [...given.values()];
  }

  /** Records further ports, if that owner needs one that is not on record. */
  async function extend(opened: PortAllocator, owner: string): Promise<void> {
    try {
      for (let left = attempts; ; left--) {
        if (isDivided) await records.refresh();
        const claim = opened.claim(owner, clock.monotonic());
        if (claim.kind !== 'record') return;
        try {
          await records.write(claim.record);
        } catch (error) {
          // another share was quicker
          if (isDivided && left > 1 && (isConflict(error) || isAlreadyExists(error))) continue;
          throw error;
        }
        opened.recorded(claim.record, clock.monotonic());
        return;
      }
    } catch (error) {
      // the record may be another leader's now: it is read again before the next port is given out
      former = allocator;
      allocator = undefined;
      throw error;
    }
  }

  function note({ parties, target }: Holding, port: number, gatewayPort: number): void {
    const its = holdings.get(parties.mirror) ?? new Map<string, Holding>();
    const holding = its.get(target) ?? { parties, target, ports: none };
    if (!holding.ports.has(port)) shares.hold(parties);
    holding.ports = new Map(holding.ports).set(port, gatewayPort);
    holdings.set(parties.mirror, its.set(target, holding));
  }

  function free(holding: Holding, ports: Iterable<number>): void {
    const left = new Map(holding.ports);
    for (const port of ports) {
      allocator?.release(ownerOf(holding, port), clock.monotonic());
      if (left.delete(port)) shares.free(holding.parties, clock.monotonic());
    }
    holding.ports = left;
  }

  /** Frees the ports of a mirror for other targets than these. */
  function releaseOthers(uid: string, targets: readonly string[]): void {
    const its = holdings.get(uid);
    for (const holding of its?.values() ?? []) {
      if (targets.includes(holding.target)) continue;
      free(holding, holding.ports.keys());
      its?.delete(holding.target);
    }
    if (its?.size === 0) holdings.delete(uid);
  }

  function held(mirror: Readonly<ServiceMirror>, backend: RemoteService): ReadonlyMap<number, number> {
    const given = holdings.get(mirror.metadata.uid ?? '');
    // until the reservations are read, the mirror's own status counts
    const its =
      given === undefined && allocator === undefined ? writtenIn(mirror) : [...(given?.values() ?? [])];
    return its.find(({ target }) => target === targetOf(backend))?.ports ?? none;
  }

  /** A port that cannot be recorded is not given out; present ports stay. */
  async function claimRecorded(
    mirror: Readonly<ServiceMirror>,
    wanted: readonly WantedPorts[],
  ): Promise<readonly Claimed[]> {
    try {
      return await claimAll(mirror, wanted);
    } catch (error) {
      if (!(error instanceof NotManagedError) && !isRefusal(error)) throw error;
      const exhausted = `egress ports cannot be recorded: ${error.message}`;
      return wanted.map(({ backend }) => ({ ports: held(mirror, backend), exhausted }));
    }
  }

  async function claimAll(
    mirror: Readonly<ServiceMirror>,
    wanted: readonly WantedPorts[],
  ): Promise<readonly Claimed[]> {
    const { uid = '' } = mirror.metadata;
    const opened = (allocator ??= await open());
    releaseOthers(
      uid,
      wanted.map(({ backend }) => targetOf(backend)),
    );
    const claims: Claimed[] = [];
    for (const each of wanted) claims.push(await claimFor(mirror, each, opened));
    // while the record was written, the mirror may have been deleted, or have become another share's
    const isThere = caches.mirrors.get(keyOf(mirror))?.metadata.uid === uid;
    if (isThere && duty.hasMirror(keyOf(mirror))) return claims;
    releaseOthers(uid, []);
    return claims.map((claimed) => ({ ...claimed, ports: none }));
  }

  async function claimFor(
    mirror: Readonly<ServiceMirror>,
    { backend, ports }: WantedPorts,
    opened: PortAllocator,
  ): Promise<Claimed> {
    const parties = partiesOf(mirror, backend);
    const wanted: Holding = { parties, target: targetOf(backend), ports: none };
    const holding = () => holdings.get(parties.mirror)?.get(wanted.target);
    let exhausted: string | undefined;
    for (const port of ports) {
      if (holding()?.ports.has(port) === true) continue;
      const full = shares.full(parties, clock.monotonic());
      if (full !== undefined) exhausted ??= describeFull(full, parties);
      if (full !== undefined) continue;
      const owner = ownerOf(wanted, port);
      let claim = opened.claim(owner, clock.monotonic());
      if (claim.kind === 'record') {
        await extend(opened, owner);
        claim = opened.claim(owner, clock.monotonic());
      }
      if (claim.kind === 'port') note(wanted, port, claim.port);
      else exhausted ??= allInUse;
    }
    const its = holding();
    const asked = new Set(ports);
    if (its !== undefined)
      free(
        its,
        [...its.ports.keys()].filter((port) => !asked.has(port)),
      );
    return { ports: its?.ports ?? none, ...(exhausted !== undefined && { exhausted }) };
  }

  /** The ports of each backend, if they are the wanted ones and the mirror has no others. */
  function complete(uid: string, wanted: readonly WantedPorts[]): readonly Claimed[] | undefined {
    const its = holdings.get(uid);
    if (its?.size !== wanted.length) return undefined;
    const found = wanted.map(({ backend }) => its.get(targetOf(backend)));
    const isAsWanted = wanted.every(({ ports }, at) => {
      const given = found[at]?.ports;
      return given?.size === ports.length && ports.every((port) => given.has(port));
    });
    return isAsWanted ? found.map((holding) => ({ ports: holding?.ports ?? none })) : undefined;
  }

  return {
    async claim(mirror, wanted) {
      const known = complete(mirror.metadata.uid ?? '', wanted);
      return known ?? inTurn(() => claimRecorded(mirror, wanted));
    },
    held,
    release: (uid) => releaseOthers(uid, []),
  };
}

const none: ReadonlyMap<number, number> = new Map();

const allInUse =
  'the egress ports of this cluster are in use, or were freed less than 10 minutes ago; mirror fewer ports, or delete mirrors';
