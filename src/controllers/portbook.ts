import { keyOf } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { PortAllocator, type HeldPort, type PortRecord } from '../gateway/ports.js';
import type { Clock } from '../runtime/clock.js';
import type { KubeClient } from '../runtime/kube.js';
import { createPortRecords } from './portrecord.js';
import type { LocalCaches } from './world.js';

/** The egress ports of all mirrors. */
export interface PortBook {
  /** The egress port of each of these service ports; fewer than asked when the range is used up. Throws on I/O failure. */
  claim(mirror: Readonly<ServiceMirror>, ports: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** What the mirror holds now, without asking for more. */
  held(mirror: Readonly<ServiceMirror>): ReadonlyMap<number, number>;
  /** The mirror of that UID no longer exists: its ports rest, then serve others. */
  release(uid: string): void;
}

/** Keeps the allocator on record in a ConfigMap; made anew from statuses, slices and that record by each leader. */
export function createPortBook(
  kube: KubeClient,
  options: { namespace: string; caches: LocalCaches; clock: Clock },
): PortBook {
  const { namespace, caches, clock } = options;
  const records = createPortRecords(kube, namespace);
  const byUid = new Map<string, Map<number, number>>();
  let allocator: PortAllocator | undefined;
  /** Claims run one after the other: two would write the same record. */
  let tail: Promise<unknown> = Promise.resolve();

  async function open(): Promise<PortAllocator> {
    const { cursor, used } = await records.read();
    // a port that slices still show was in use a moment ago, whatever became of the record
    const shown = caches.slices
      .list()
      .flatMap(({ ports }) => (ports ?? []).flatMap(({ port }) => port ?? []));
    const held = caches.mirrors.list().flatMap(heldBy);
    const opened = new PortAllocator({ cursor, used: new Set([...used, ...shown]) }, held, {
      now: clock.monotonic(),
    });
    byUid.clear();
    for (const [owner, gatewayPort] of opened.owners()) {
      const [uid = '', port = ''] = owner.split(':');
      note(uid, Number(port), gatewayPort);
    }
    return opened;
  }

  /** What a mirror was given, or else what its own status says; the oldest mirror keeps a port that two claim. */
  function heldBy(mirror: Readonly<ServiceMirror>): HeldPort[] {
    const { uid = '', creationTimestamp = '' } = mirror.metadata;
    const seniority = `${creationTimestamp} ${uid}`;
    const held = [...(byUid.get(uid) ?? heldPorts(mirror))];
    return held.map(([port, gatewayPort]) => ({ owner: `${uid}:${port}`, port: gatewayPort, seniority }));
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

  function note(uid: string, port: number, gatewayPort: number): void {
    const known = byUid.get(uid) ?? new Map<number, number>();
    known.set(port, gatewayPort);
    byUid.set(uid, known);
  }

  function free(uid: string, port: number): void {
    allocator?.release(`${uid}:${port}`, clock.monotonic());
    byUid.get(uid)?.delete(port);
  }

  function release(uid: string): void {
    for (const port of byUid.get(uid)?.keys() ?? []) free(uid, port);
    byUid.delete(uid);
  }

  async function claimAll(mirror: Readonly<ServiceMirror>, ports: readonly number[]): Promise<void> {
    const { uid = '' } = mirror.metadata;
    const opened = (allocator ??= await open());
    for (const port of ports) {
      const owner = `${uid}:${port}`;
      let claim = opened.claim(owner, clock.monotonic());
      if (claim.kind === 'record') {
        await write(claim.record);
        opened.recorded(claim.record, clock.monotonic());
        claim = opened.claim(owner, clock.monotonic());
      }
      if (claim.kind === 'port') note(uid, port, claim.port);
    }
    for (const port of byUid.get(uid)?.keys() ?? []) if (!ports.includes(port)) free(uid, port);
    // deleted while the record was written
    if (caches.mirrors.get(keyOf(mirror))?.metadata.uid !== uid) release(uid);
  }

  return {
    async claim(mirror, ports) {
      const { uid = '' } = mirror.metadata;
      const known = byUid.get(uid);
      if (known?.size === ports.length && ports.every((port) => known.has(port))) return known;
      const work = tail.then(() => claimAll(mirror, ports));
      tail = work.catch(() => undefined);
      await work;
      return byUid.get(uid) ?? none;
    },
    held(mirror) {
      const known = byUid.get(mirror.metadata.uid ?? '');
      // until the book is open, the mirror's own status is the memory
      return known ?? (allocator === undefined ? new Map(heldPorts(mirror)) : none);
    },
    release,
  };
}

const none: ReadonlyMap<number, number> = new Map();

/** The ports that a mirror's own status says it holds. */
function heldPorts({ status }: Readonly<ServiceMirror>): [number, number][] {
  return (status?.ports ?? []).flatMap(({ port, gatewayPort }): [number, number][] =>
    gatewayPort === undefined ? [] : [[port, gatewayPort]],
  );
}
