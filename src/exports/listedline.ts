import {
  type CatalogPort,
  type CatalogService,
  decodeLine,
  encodeLine,
  largestLine,
  largestMetadata,
} from '../protocol/catalog.js';

/** Bytes that ports may take of a line; with as many as there may be, 128 each. */
const portsRoom = 32 << 10;

/** Keys with this prefix go first: importers select by them. */
const selecting = 'mirror.linkerd.io/';

/**
 * The line of a service in a catalog, cut to what one line may have: first annotations are left out, the longest first, then
 * labels, and of ports the last. Undefined: there is no line that a reader would accept.
 */
export function listedLine(service: CatalogService): string | undefined {
  const ports = fittingPorts(service.ports);
  const bare = encodeLine({ kind: 'service', service: { ...service, ports, labels: {}, annotations: {} } });
  const room = largestLine - Buffer.byteLength(bare);
  const labels = fitting(service.labels, Math.min(room, largestMetadata));
  const annotations = fitting(service.annotations, Math.min(room - labels.bytes, largestMetadata));
  const line = encodeLine({
    kind: 'service',
    service: { ...service, ports, labels: labels.kept, annotations: annotations.kept },
  });
  try {
    // whoever reads it would give up the whole catalog
    decodeLine(line.trimEnd());
    return line;
  } catch {
    return undefined;
  }
}

function fittingPorts(ports: readonly CatalogPort[]): readonly CatalogPort[] {
  let bytes = 0;
  const end = ports.findIndex((port) => (bytes += Buffer.byteLength(JSON.stringify(port)) + 1) > portsRoom);
  return end < 0 ? ports : ports.slice(0, end);
}

interface Fitting {
  readonly kept: Record<string, string>;
  readonly bytes: number;
}

/** As many entries as there is room for, the shortest first; in the order of their keys. */
function fitting(entries: Readonly<Record<string, string>>, room: number): Fitting {
  const measured = Object.entries(entries).map(([key, value]) => {
    const bytes = Buffer.byteLength(JSON.stringify(key)) + Buffer.byteLength(JSON.stringify(value)) + 2;
    return { key, value, bytes, rank: key.startsWith(selecting) ? 0 : 1 };
  });
  let bytes = 0;
  const kept = measured
    .toSorted((one, other) => one.rank - other.rank || one.bytes - other.bytes || byKey(one, other))
    .filter((entry) => {
      if (bytes + entry.bytes > room) return false;
      bytes += entry.bytes;
      return true;
    });
  return { kept: Object.fromEntries(kept.toSorted(byKey).map(({ key, value }) => [key, value])), bytes };
}

function byKey({ key: one }: { readonly key: string }, { key: other }: { readonly key: string }): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
