import type { Service } from '../../api/objects.js';
import { keyOf } from '../../api/resources.js';
import { listedLine } from '../../exports/listedline.js';
import { listedOf } from '../../exports/listed.js';
import type { Exported } from '../../exports/merge.js';
import type { CatalogHead } from '../../protocol/catalog.js';
import type { CatalogOf } from '../../protocol/catalogstreams.js';
import type { Identity, ResolvedPeer } from '../../protocol/identity.js';
import type { Cache } from '../../runtime/cache.js';
import type { Clock } from '../../runtime/clock.js';
import { differing, ImmutableMap } from '../../runtime/immutable.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import type { NotInForce } from '../outcome.js';
import { createCountedSlices } from './countedslices.js';
import { createPeerCatalogs, type Listed } from './peercatalogs.js';

/** What is in force now. */
export interface CatalogInput {
  readonly own: Identity;
  readonly peers: readonly ResolvedPeer[];
  readonly exported: Pick<Exported, 'exports' | 'offered'>;
  /** The parts that are not in force, which are not told. */
  readonly missing: readonly NotInForce[];
}

/** The catalogs of all peers. */
export interface Catalogs {
  readonly of: CatalogOf;
  /** Takes what is in force now. */
  update(now: CatalogInput): void;
  stop(): void;
}

/** Milliseconds in which changes become one version. */
const together = 10;

/** Services that are looked at without a pause. */
const atOnce = 200;

/** What is told of a service: its line, by the ports that a Link may call. */
interface Told {
  readonly ports: string;
  readonly line: string | undefined;
}

/**
 * Keeps the catalog of each peer: what the Links export and the gateway has in force, with the present endpoints. It begins
 * when a peer first asks, and until then reads no slices.
 */
export function createCatalogs(o: {
  readonly kube: KubeClient;
  readonly services: Cache<Service>;
  readonly clock: Clock;
  readonly log: Log;
}): Catalogs {
  const { kube, services, clock, log } = o;
  const catalogs = createPeerCatalogs(log);
  const slices = createCountedSlices({ kube, clock, log, changed: (service) => touch(service) });
  /** Keys of services that have to be looked at. */
  const due = new Set<string>();
  /** Offered services whose pods are not known, and of which nothing was told either. */
  const blind = new Set<string>();
  let isStopped = false;
  let cancel: (() => void) | undefined;
  let exported: CatalogInput['exported'] = { exports: ImmutableMap.of(), offered: ImmutableMap.of() };
  let unserved: ReadonlySet<string> = new Set();

  services.onChange(({ object }) => {
    const key = keyOf(object);
    if (exported.offered.has(key)) touch(key);
  });

  /** @param service undefined: all */
  function touch(service: string | undefined): void {
    if (catalogs.size === 0 || isStopped) return;
    if (service === undefined) for (const key of exported.offered.keys()) due.add(key);
    else if (!exported.offered.has(service) && !catalogs.has(service)) return;
    else due.add(service);
    plan(together);
  }

  /** Whether all that can be told could be told. */
  function sees(): boolean {
    return exported.offered.size === 0 || slices.synced;
  }

  function plan(ms: number): void {
    cancel ??= clock.after(ms, look);
  }

  function look(): void {
    cancel = undefined;
    if (!sees()) return;
    const changes: Listed[] = [];
    for (const key of due) {
      due.delete(key);
      const lines = linesOf(key);
      // what was told before still holds
      if (lines === undefined && !catalogs.has(key)) blind.add(key);
      if (lines === undefined) continue;
      blind.delete(key);
      changes.push([key, lines, services.get(key)?.metadata.creationTimestamp ?? '']);
      if (changes.length === atOnce) break;
    }
    catalogs.write(changes);
    if (due.size > 0) plan(0);
    else catalogs.fill();
  }

  /** The line of a service for each Link that may have something of it; undefined: it is not known. */
  function linesOf(key: string): ReadonlyMap<string, string> | undefined {
    const lines = new Map<string, string>();
    const [service, found, its] = [services.get(key), exported.offered.get(key), slices.of(key)];
    if (service === undefined || found?.offer === undefined) return lines;
    const { offer } = found;
    if (its === undefined || offer.isBlind === true) return undefined;
    let last: Told | undefined;
    for (const link of offer.links) {
      const { ports, hosts } = allowedOf(link, key);
      const words = JSON.stringify([...ports, ...(hosts ?? [])]);
      if (ports.size > 0 && last?.ports !== words)
        last = { ports: words, line: lineOf({ service, ports, slices: its, ...(hosts && { hosts }) }) };
      if (ports.size > 0 && last?.line !== undefined) lines.set(link, last.line);
    }
    return lines;
  }

  function lineOf(listing: Parameters<typeof listedOf>[0]): string | undefined {
    const line = listedLine(listedOf(listing));
    if (line === undefined)
      log.warn('a service cannot be told to peers', { service: keyOf(listing.service) });
    return line;
  }

  /** What a Link may call of a service, as far as it is in force. */
  function allowedOf(link: string, key: string): { ports: ReadonlySet<number>; hosts?: ReadonlySet<string> } {
    const { exports = [], offer } = exported.offered.get(key) ?? {};
    const served = exports.filter(({ serviceId }) => {
      const merged = exported.exports.get(serviceId);
      return merged?.allow.has(link) === true && !unserved.has(serviceId);
    });
    if (services.get(key)?.spec.clusterIP !== 'None')
      return { ports: new Set(served.map(({ port }) => port)) };
    // a port of a headless service is there, whether or not it has pods now
    const refused = new Set(exports.filter((one) => !served.includes(one)).map(({ port }) => port));
    const ports = (offer?.ports ?? []).filter(
      (port) => !refused.has(port) || served.some((one) => one.port === port),
    );
    return { ports: new Set(ports), hosts: new Set(served.flatMap(({ hostname }) => hostname ?? [])) };
  }

  return {
    of(link) {
      if (catalogs.open(link)) {
        slices.need(exported.offered.size > 0);
        touch(undefined);
      }
      return sees() && blind.size === 0 ? catalogs.of(link) : undefined;
    },
    update({ own, peers, exported: now, missing }) {
      const before = { exported, unserved };
      exported = now;
      unserved = new Set(missing.flatMap((part) => (part.kind === 'export' ? [part.serviceId] : [])));
      const left = new Set(missing.flatMap((part) => (part.kind === 'link' ? [part.link] : [])));
      catalogs.setPeers(
        headOf(own),
        peers.filter(({ link }) => !left.has(link)),
      );
      const ids = [...differing(before.exported.exports, now.exports), ...before.unserved, ...unserved];
      const keys = new Set([
        ...differing(before.exported.offered, now.offered),
        ...ids.flatMap((id) => (now.exports.get(id) ?? before.exported.exports.get(id))?.service ?? []),
      ]);
      slices.need(now.offered.size > 0 && catalogs.size > 0);
      // what is offered no more holds up no catalog
      for (const key of keys) if (!now.offered.has(key)) blind.delete(key);
      for (const key of keys) touch(key);
    },
    stop() {
      isStopped = true;
      cancel?.();
      slices.stop();
      catalogs.setPeers(undefined, []);
    },
  };
}

function headOf({ cluster, uid, caBundle }: Identity): CatalogHead {
  return { cluster, uid, caBundle };
}
