import type { Socket } from 'node:net';
import { type CatalogService, encodeLine } from '../../src/protocol/catalog.js';
import { createCatalogLog, type WrittenCatalog } from '../../src/protocol/cataloglog.js';
import type { StreamBounds } from '../../src/protocol/catalogstreams.js';
import { createChannel } from '../../src/protocol/channel.js';
import type { PeerReport } from '../../src/protocol/report.js';
import { type Clock, systemClock } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/log.js';

/** A service of a catalog, with one port and one ready pod. */
export function aListed(name: string, more: Partial<CatalogService> = {}): CatalogService {
  return {
    ...{ namespace: 'default', name, uid: `uid-of-${name}`, created: '2026-01-01T00:00:00Z' },
    ...{ ports: [{ name: 'http', port: 80 }], ready: 1, total: 1, labels: {}, annotations: {} },
    ...more,
  };
}

/** The server of a catalog that a test fills. */
export interface CatalogServer {
  readonly log: WrittenCatalog;
  /** Takes services as they are now, all under one version. */
  put(...services: readonly CatalogService[]): void;
  drop(...keys: readonly string[]): void;
  /** Answers what comes over that socket as an ingress gateway does when the operator of a peer has connected. */
  serve(socket: Socket): void;
  /** Ends all streams in good order. */
  renew(): void;
  /** From now on nothing is known: whoever comes is to come again. */
  forget(): void;
}

/** Serves the catalog of cluster paris to one link. */
export function serveCatalog({
  clock = systemClock,
  caBundle = '',
  bounds,
}: { clock?: Clock; caBundle?: string; bounds?: StreamBounds } = {}): CatalogServer {
  const log = createCatalogLog({ cluster: 'paris', uid: 'uid-of-paris', caBundle });
  let isKnown = true;
  const report = (): PeerReport => {
    throw new Error('an operator asks for no report');
  };
  const catalog = () => (isKnown ? log : undefined);
  const channel = createChannel(report, { catalog, clock, log: silent, ...(bounds && { bounds }) });
  return {
    log,
    put: (...services) => log.write(services.map((service) => [keyOf(service), lineOf(service)])),
    drop: (...keys) => log.write(keys.map((key) => [key, undefined])),
    serve: (socket) => channel.serve(socket, { link: 'to-london', role: 'operator' }),
    renew: () => channel.renew(),
    forget() {
      isKnown = false;
      log.end();
    },
  };
}

/** The key of a service of a catalog. */
export function keyOf({ namespace, name }: CatalogService): string {
  return `${namespace}/${name}`;
}

function lineOf(service: CatalogService): string {
  return encodeLine({ kind: 'service', service });
}
