import { isIP } from 'node:net';
import { mostHostnames } from '../api/names.js';
import { WrongAnswerError } from '../net/probe/failure.js';

/**
 * The path of the catalog on the peer channel. `GET` with `?epoch=E&since=V` is answered with lines of JSON
 * ({@link CatalogLine}) for as long as the caller reads: first a head, then all services or what has changed since
 * version V of epoch E, then every change.
 */
export const catalogPath = '/v1/services';

/** The version of the lines. Fields that are not known are ignored, so a new field needs no new version. */
export const catalogVersion = 1;

/** Milliseconds after which the sender repeats its version, although nothing has changed: a sign of life. */
export const catalogHeartbeat = 5_000;

/** One port of a service of the catalog. */
export interface CatalogPort {
  readonly name?: string;
  readonly port: number;
  readonly appProtocol?: string;
  /** No pod that is ready offers it. @default false */
  readonly closed?: boolean;
}

/** One service that the caller may reach. */
export interface CatalogService {
  readonly namespace: string;
  readonly name: string;
  /** A Service that was made anew under its name has another. */
  readonly uid: string;
  /** RFC 3339: the oldest member of a federated mirror leads it. */
  readonly created: string;
  /** Its exported ports, all of them TCP. */
  readonly ports: readonly CatalogPort[];
  /** Pods that a connection made now may reach, and pods in all. */
  readonly ready: number;
  readonly total: number;
  /** Headless: its exported pods by host name, and whether each is ready; absent: it has a ClusterIP. */
  readonly hosts?: Readonly<Record<string, boolean>>;
  /** Seconds for which a client stays with its pod; absent: it does not. */
  readonly affinity?: number;
  readonly publishNotReady?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Who answers. */
export interface CatalogHead {
  readonly cluster: string;
  readonly uid: string;
  /** PEM: the sender's present CAs, and the one that comes next while they are rotated. */
  readonly caBundle: string;
}

/** One line of a catalog. */
export type CatalogLine =
  /** The first line. What follows are all services (`whole`), or only what has changed since the version asked for. */
  | (CatalogHead & {
      readonly kind: 'head';
      /** Versions of another epoch cannot be compared with these. */
      readonly epoch: string;
      readonly whole: boolean;
    })
  | { readonly kind: 'service'; readonly service: CatalogService }
  /** `namespace/name` of a service that the caller may no longer reach. */
  | { readonly kind: 'gone'; readonly key: string }
  /** All that belongs to this version has been told. */
  | { readonly kind: 'at'; readonly version: number };

/** Most services of one catalog. */
export const maxCatalogServices = 10_000;

/** Most bytes of one line. */
export const largestLine = 64 << 10;

/** Most bytes of the labels and annotations of one service; annotations that do not fit are left out. */
export const largestMetadata = 24 << 10;

/** Most ports of one service. */
export const maxCatalogPorts = 256;

/** Most pods that a catalog counts for one service. */
export const maxCounted = 100_000;

/** Longest name or UID, and longest key of a service. */
const longest = 253;

/** Writes one line, with its end. */
export function encodeLine(line: CatalogLine): string {
  return `${JSON.stringify(line.kind === 'head' ? { catalog: catalogVersion, ...line } : line)}\n`;
}

/**
 * Reads one line, without its end. The result is written anew and keeps to the bounds, whatever the peer writes; a line of a
 * kind that is not known is undefined.
 *
 * @throws WrongAnswerError that says what is wrong
 */
export function decodeLine(text: string): CatalogLine | undefined {
  const line = fieldsOf(parsed(text));
  switch (line['kind']) {
    case 'head':
      return readHead(line);
    case 'service':
      return { kind: 'service', service: readService(fieldsOf(line['service'])) };
    case 'gone':
      return { kind: 'gone', key: readKey(line['key']) };
    case 'at':
      return { kind: 'at', version: readCount(line['version'], Number.MAX_SAFE_INTEGER, 'a version') };
    default:
      return undefined;
  }
}

function readHead(line: Fields): CatalogLine {
  if (line['catalog'] !== catalogVersion) {
    throw new WrongAnswerError(
      `the catalog has version ${shortened(line['catalog'])}, we read ${catalogVersion}: upgrade the older side`,
    );
  }
  const [cluster, uid] = [line['cluster'], line['uid']];
  if (!isDnsName(cluster) || !isPrintable(uid, longest)) throw wrong('names no cluster');
  const { epoch, whole, caBundle } = line;
  if (!isPrintable(epoch, 64)) throw wrong('has no epoch');
  if (typeof whole !== 'boolean') throw wrong('does not say whether it is whole');
  if (typeof caBundle !== 'string' || caBundle.length > largestLine) throw wrong('has no CAs');
  return { kind: 'head', cluster, uid, epoch, whole, caBundle: caBundle.toWellFormed() };
}

function readService(found: Fields): CatalogService {
  const { namespace, name, uid, created } = found;
  if (!isLabel(namespace) || !isLabel(name)) throw wrong('has a service without a name');
  const at = `service ${namespace}/${name}`;
  if (!isPrintable(uid, longest)) throw wrong(`has no UID of ${at}`);
  if (typeof created !== 'string' || !timeForm.test(created)) throw wrong(`has no time of ${at}`);
  const total = readCount(found['total'], maxCounted, `a number of pods of ${at}`);
  const ready = readCount(found['ready'], total, `a number of ready pods of ${at}`);
  const { affinity, publishNotReady } = found;
  return {
    ...{ namespace, name, uid, created, ready, total },
    ports: readPorts(found['ports'], at),
    ...(found['hosts'] !== undefined && { hosts: readHosts(found['hosts'], at) }),
    ...(affinity !== undefined && { affinity: readCount(affinity, 86_400, `the affinity of ${at}`) }),
    ...(publishNotReady === true && { publishNotReady }),
    labels: readEntries(found['labels'], at),
    annotations: readEntries(found['annotations'], at),
  };
}

function readPorts(value: unknown, at: string): CatalogPort[] {
  if (!Array.isArray(value) || value.length > maxCatalogPorts)
    throw wrong(`has no list of at most ${maxCatalogPorts} ports of ${at}`);
  const ports = value.map((item: unknown): CatalogPort => {
    const { name, port, appProtocol, closed } = fieldsOf(item);
    if (!isPort(port)) throw wrong(`has ${shortened(port)} as a port of ${at}`);
    if (name !== undefined && !isLabel(name)) throw wrong(`has a wrong name of port ${port} of ${at}`);
    if (appProtocol !== undefined && !isPrintable(appProtocol, longest))
      throw wrong(`has a wrong appProtocol of port ${port} of ${at}`);
    return {
      ...(name !== undefined && { name }),
      port,
      ...(appProtocol !== undefined && { appProtocol }),
      ...(closed === true && { closed }),
    };
  });
  const twice = (of: readonly unknown[]) => new Set(of).size < of.length;
  if (twice(ports.map(({ port }) => port)) || twice(ports.map(({ name }) => name ?? '')))
    throw wrong(`has a port of ${at} twice`);
  return ports;
}

function readHosts(value: unknown, at: string): Record<string, boolean> {
  const found = Object.entries(fieldsOf(value));
  if (found.length > mostHostnames) throw wrong(`has more than ${mostHostnames} host names of ${at}`);
  return Object.fromEntries(
    found.map(([host, ready]) => {
      if (!isLabel(host)) throw wrong(`has a wrong host name of ${at}`);
      return [host, ready === true];
    }),
  );
}

/** Labels or annotations: texts. Which of them may travel, the mirror decides. */
function readEntries(value: unknown, at: string): Record<string, string> {
  const entries = Object.entries(fieldsOf(value));
  let bytes = 0;
  for (const [key, held] of entries) {
    if (!isPrintable(key, 317) || typeof held !== 'string') throw wrong(`has wrong metadata of ${at}`);
    bytes += key.length + Buffer.byteLength(held);
  }
  if (bytes > largestMetadata)
    throw wrong(`has more than ${largestMetadata} bytes of labels or of annotations of ${at}`);
  return Object.fromEntries(entries.map(([key, held]) => [key, (held as string).toWellFormed()]));
}

function readKey(value: unknown): string {
  const [namespace, name, ...more] = typeof value === 'string' ? value.split('/', 3) : [];
  if (!isLabel(namespace) || !isLabel(name) || more.length > 0)
    throw wrong('names a service that is gone wrongly');
  return `${namespace}/${name}`;
}

function readCount(value: unknown, most: number, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw wrong(`has ${shortened(value)} as ${what}`);
  return value;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function parsed(text: string): unknown {
  if (Buffer.byteLength(text) > largestLine) throw wrong(`has a line of more than ${largestLine} bytes`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new WrongAnswerError('the catalog has a line that is not JSON', { cause });
  }
}

function wrong(what: string): WrongAnswerError {
  return new WrongAnswerError(`the catalog ${what}`);
}

function shortened(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 40);
}

/** RFC 3339 to the second, in UTC, as API servers write times. */
const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** RFC 1123: the name of a cluster. */
const dnsForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function isDnsName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longest && dnsForm.test(value) && isIP(value) === 0;
}

/** Names of Services, namespaces, ports and hosts: no API server takes one with a dot. */
function isLabel(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(value);
}

function isPrintable(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most && /^[!-~]+$/.test(value);
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}
