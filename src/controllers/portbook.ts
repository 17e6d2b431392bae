import { managedBy, keys, ownNames } from '../api/names.js';
import { configMaps, keyOf } from '../api/resources.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import {
  PortAllocator,
  decodeRecord,
  encodeRecord,
  type HeldPort,
  type PortRecord,
} from '../gateway/ports.js';
import type { Clock } from '../runtime/clock.js';
import type { KubeClient } from '../runtime/kube.js';
import { isNotFound } from '../runtime/errors.js';
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

/** Keeps the allocator on record in a ConfigMap; made anew from statuses and that record by each leader. */
export function createPortBook(
  kube: KubeClient,
  options: { namespace: string; caches: LocalCaches; clock: Clock },
): PortBook {
  const { namespace, caches, clock } = options;
  const byUid = new Map<string, Map<number, number>>();
  let opening: Promise<PortAllocator> | undefined;
  /** Claims run one after the other: two would write the same record. */
  let tail: Promise<unknown> = Promise.resolve();

  async function open(): Promise<PortAllocator> {
    const record = decodeRecord(await readData());
    const held = caches.mirrors.list().flatMap(heldBy);
    const allocator = new PortAllocator(record, held, { now: clock.now() });
    for (const owner of allocator.owners()) {
      const claim = allocator.claim(owner, clock.now());
      const [uid = '', port = ''] = owner.split(':');
      if (claim.kind === 'port') note(uid, Number(port), claim.port);
    }
    return allocator;
  }

  async function readData(): Promise<Record<string, string> | undefined> {
    try {
      return (await kube.get(configMaps, `${namespace}/${ownNames.ports}`)).data;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function write(record: PortRecord): Promise<void> {
    const key = `${namespace}/${ownNames.ports}`;
    const data = encodeRecord(record);
    try {
      await kube.mergePatch(configMaps, key, { data });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const metadata = { namespace, name: ownNames.ports, labels: { [keys.managedBy]: managedBy } };
      await kube.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
    }
  }

  function note(uid: string, port: number, gatewayPort: number): void {
    const known = byUid.get(uid) ?? new Map<number, number>();
    known.set(port, gatewayPort);
    byUid.set(uid, known);
  }

  async function claimAll(uid: string, ports: readonly number[]): Promise<void> {
    opening ??= open();
    const allocator = await opening.catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    for (const port of ports) {
      const owner = `${uid}:${port}`;
      let claim = allocator.claim(owner, clock.now());
      if (claim.kind === 'record') {
        await write(claim.record);
        allocator.recorded(claim.record, clock.now());
        claim = allocator.claim(owner, clock.now());
      }
      if (claim.kind === 'port') note(uid, port, claim.port);
    }
    for (const port of byUid.get(uid)?.keys() ?? []) {
      if (ports.includes(port)) continue;
      allocator.release(`${uid}:${port}`, clock.now());
      byUid.get(uid)?.delete(port);
    }
  }

  return {
    async claim(mirror, ports) {
      const uid = mirror.metadata.uid ?? keyOf(mirror);
      const known = byUid.get(uid);
      if (known?.size === ports.length && ports.every((port) => known.has(port))) return known;
      const work = tail.then(() => claimAll(uid, ports));
      tail = work.catch(() => undefined);
      await work;
      return byUid.get(uid) ?? new Map();
    },
    held: (mirror) => byUid.get(mirror.metadata.uid ?? '') ?? new Map(),
    release(uid) {
      const ports = byUid.get(uid);
      byUid.delete(uid);
      if (ports === undefined || opening === undefined) return;
      void opening.then((allocator) => {
        for (const port of ports.keys()) allocator.release(`${uid}:${port}`, clock.now());
      });
    },
  };
}

/** The ports that a mirror's own status says it holds; the oldest mirror keeps a port that two claim. */
function heldBy(mirror: Readonly<ServiceMirror>): HeldPort[] {
  const { uid = '', creationTimestamp = '' } = mirror.metadata;
  return (mirror.status?.ports ?? []).flatMap(({ port, gatewayPort }) =>
    gatewayPort === undefined
      ? []
      : [{ owner: `${uid}:${port}`, port: gatewayPort, seniority: `${creationTimestamp} ${uid}` }],
  );
}
