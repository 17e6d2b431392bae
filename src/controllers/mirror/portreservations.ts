import { keyOf } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { PortAllocator, type HeldPort, type PortRecord } from '../../transport/ports.js';
import { createPortShares, describeFull, type Parties } from '../../transport/shares.js';
import { isAsWritten, remoteOf } from '../../mirror/view.js';
import type { Clock } from '../../runtime/clock.js';
import { isRefusal } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import { createSerial } from '../../runtime/serial.js';
import type { LocalCaches } from '../caches.js';
import { createPortRecords, NotManagedError } from './portrecord.js';
import { portsInSlices } from './shownports.js';

/** What came of a claim. */
export interface Claimed {
  /** The egress port of each service port that has one. */
  readonly ports: ReadonlyMap<number, number>;
  /** Why others have none. */
  readonly exhausted?: string;
}

/** The egress ports of all mirrors. A port leads to one target: a mirror that comes to name another gets others. */
export interface PortReservations {
  /** Claims an egress port for each of these service ports, and frees those of all others. Throws on I/O failure. */
  claim(mirror: Readonly<ServiceMirror>, ports: readonly number[]): Promise<Claimed>;
  /** What the mirror holds now for the target that its spec names, without asking for more. */
  held(mirror: Readonly<ServiceMirror>): ReadonlyMap<number, number>;
  /** The mirror of that UID no longer exists: its ports rest, then serve others. */
  release(uid: string): void;
}

/** The ports of one mirror. */
interface Holding {
  readonly parties: Parties;
  readonly target: string;
  /** Egress ports by service port. A change makes another map: whoever was given this one may go by it. */
  ports: ReadonlyMap<number, number>;
}

/** Keeps the allocator on record in a ConfigMap; made anew from statuses, slices and that record by each leader. */
export function createPortReservations(
  kube: KubeClient,
  options: { namespace: string; caches: LocalCaches; clock: Clock },
): PortReservations {
  const { namespace, caches, clock } = options;
  const records = createPortRecords(kube, namespace);
  const byUid = new Map<string, Holding>();
  const shares = createPortShares();
  let allocator: PortAllocator | undefined;
  /** Claims run one after the other: two would write the same record. */
  const inTurn = createSerial();

  async function open(): Promise<PortAllocator> {
    const { cursor, used } = await records.read();
    // a port that slices still show was in use a moment ago, whatever became of the record
    const shown = portsInSlices(caches);
    const before = new Map(caches.mirrors.list().map((mirror) => [mirror, holdingOf(mirror)]));
    const held = [...before].flatMap(([mirror, holding]) => heldPorts(mirror, holding));
    const opened = new PortAllocator({ cursor, used: new Set([...used, ...shown]) }, held, {
      now: clock.monotonic(),
    });
    byUid.clear();
    shares.reopen();
    const owners = new Map(opened.owners());
    for (const holding of before.values())
      for (const [port, gatewayPort] of holding.ports)
        if (owners.get(ownerOf(holding, port)) === gatewayPort) note(holding, port, gatewayPort);
    return opened;
  }

  /** What a mirror was given, or else what its own status says. */
  function holdingOf(mirror: Readonly<ServiceMirror>): Holding {
    return byUid.get(mirror.metadata.uid ?? '') ?? writtenIn(mirror);
  }

  async function write(record: PortRecord): Promise<void> {
    try {
      await records.write(record);
    } catch (error) {
      // what is on record now may be another leader's: it is read again before the next port is given
      allocator = undefined;
      throw error;
    }
  }

  function note(holding: Holding, port: number, gatewayPort: number): void {
    const { parties, target } = holding;
    const known = byUid.get(parties.mirror) ?? { parties, target, ports: none };
    if (!known.ports.has(port)) shares.hold(parties);
    known.ports = new Map(known.ports).set(port, gatewayPort);
    byUid.set(parties.mirror, known);
  }

  function free(holding: Holding, port: number): void {
    allocator?.release(ownerOf(holding, port), clock.monotonic());
    const left = new Map(holding.ports);
    if (left.delete(port)) shares.free(holding.parties, clock.monotonic());
    holding.ports = left;
  }

  function release(uid: string): void {
    const holding = byUid.get(uid);
    if (holding === undefined) return;
    for (const port of holding.ports.keys()) free(holding, port);
    byUid.delete(uid);
  }

  function held(mirror: Readonly<ServiceMirror>): ReadonlyMap<number, number> {
    const known = byUid.get(mirror.metadata.uid ?? '');
    // until the reservations are read, the mirror's own status is the memory
    const holding = known ?? (allocator === undefined ? writtenIn(mirror) : undefined);
    return holding?.target === targetOf(mirror) ? holding.ports : none;
  }

  /** A port that cannot be put on record is not given out; what is held already stays. */
  async function claimRecorded(mirror: Readonly<ServiceMirror>, ports: readonly number[]): Promise<Claimed> {
    try {
      return await claimAll(mirror, ports);
    } catch (error) {
      if (!(error instanceof NotManagedError) && !isRefusal(error)) throw error;
      return { ports: held(mirror), exhausted: `egress ports cannot be recorded: ${error.message}` };
    }
  }

  async function claimAll(mirror: Readonly<ServiceMirror>, ports: readonly number[]): Promise<Claimed> {
    const { uid = '' } = mirror.metadata;
    const opened = (allocator ??= await open());
    const wanted: Holding = { parties: partiesOf(mirror), target: targetOf(mirror), ports: none };
    if (byUid.get(uid)?.target !== wanted.target) release(uid);
    let exhausted: string | undefined;
    for (const port of ports) {
      if (byUid.get(uid)?.ports.has(port) === true) continue;
      const full = shares.full(wanted.parties, clock.monotonic());
      if (full !== undefined) exhausted ??= describeFull(full, wanted.parties);
      if (full !== undefined) continue;
      const owner = ownerOf(wanted, port);
      let claim = opened.claim(owner, clock.monotonic());
      if (claim.kind === 'record') {
        await write(claim.record);
        opened.recorded(claim.record, clock.monotonic());
        claim = opened.claim(owner, clock.monotonic());
      }
      if (claim.kind === 'port') note(wanted, port, claim.port);
      else exhausted ??= allInUse;
    }
    const holding = byUid.get(uid);
    const asked = new Set(ports);
    for (const port of holding?.ports.keys() ?? []) if (holding && !asked.has(port)) free(holding, port);
    // deleted while the record was written
    if (caches.mirrors.get(keyOf(mirror))?.metadata.uid !== uid) release(uid);
    return { ports: byUid.get(uid)?.ports ?? none, ...(exhausted !== undefined && { exhausted }) };
  }

  return {
    async claim(mirror, ports) {
      const known = byUid.get(mirror.metadata.uid ?? '');
      const isComplete =
        known?.target === targetOf(mirror) &&
        known.ports.size === ports.length &&
        ports.every((port) => known.ports.has(port));
      if (isComplete) return { ports: known.ports };
      return inTurn(() => claimRecorded(mirror, ports));
    },
    held,
    release,
  };
}

const none: ReadonlyMap<number, number> = new Map();

const allInUse =
  'the egress ports of this cluster are in use, or were freed less than 10 minutes ago; mirror fewer ports, or delete mirrors';

function partiesOf({ metadata, spec }: Readonly<ServiceMirror>): Parties {
  return { mirror: metadata.uid ?? '', namespace: metadata.namespace ?? '', link: spec.cluster };
}

/** What a mirror's spec names. */
function targetOf(mirror: Readonly<ServiceMirror>): string {
  const { namespace, name } = remoteOf(mirror);
  return `${mirror.spec.cluster}/${namespace}/${name}`;
}

function ownerOf({ parties, target }: Holding, port: number): string {
  return `${parties.mirror} ${target} ${port}`;
}

/** The ports that a mirror's own status says it holds, and for what. */
function writtenIn(mirror: Readonly<ServiceMirror>): Holding {
  const { source, ports = [] } = mirror.status ?? {};
  const isThis = source === undefined || isAsWritten(mirror);
  return {
    parties: { ...partiesOf(mirror), ...(source !== undefined && { link: source.cluster }) },
    target: isThis ? targetOf(mirror) : `${source.cluster}/${source.namespace}/${source.name}`,
    ports: new Map(
      ports.flatMap(({ port, gatewayPort }): [number, number][] =>
        gatewayPort === undefined ? [] : [[port, gatewayPort]],
      ),
    ),
  };
}

/** The oldest mirror keeps a port that two claim. */
function heldPorts({ metadata }: Readonly<ServiceMirror>, holding: Holding): HeldPort[] {
  const seniority = `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
  return [...holding.ports].map(([port, gatewayPort]) => ({
    ...{ owner: ownerOf(holding, port), port: gatewayPort, seniority },
  }));
}
