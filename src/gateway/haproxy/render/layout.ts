import { join } from 'node:path';
import { haproxyFolder } from '../../../api/names.js';
import type { Caps } from '../../caps.js';

/** Names of the files in the folder that HAProxy and its agent share. */
export const fileNames = {
  config: haproxyFolder.config,
  script: 'identity.lua',
  /** Our own certificate, its chain and its key. */
  own: 'own.pem',
  /** Ingress: the CAs of all peers. */
  peerCas: 'peers-ca.pem',
  master: haproxyFolder.master,
  admin: 'admin.sock',
  /** Ingress: the socket on which the agent answers the peer channel. */
  channel: 'channel.sock',
  /** Ingress: certificates by server name, for strangers with an invitation. */
  strangers: 'strangers.list',
  /** Ingress: the socket on which the agent answers strangers. */
  strangersSocket: 'strangers.sock',
  /** A listener of HAProxy itself that accepts connections whose server cannot be reached. */
  nowhere: 'nowhere.sock',
  /** HAProxy's own listener that reads the requests of HTTP exports. */
  http: 'http.sock',
  /** HAProxy's own listener that reads the requests of pooled routes. */
  pool: 'pool.sock',
  routes: 'routes.map',
  callers: 'callers.map',
  targets: 'targets.map',
  grants: 'grants.map',
  invitations: 'invitations.map',
} as const;

/** The common input of all configurations. */
export interface Layout {
  /** The shared folder. */
  readonly directory: string;
  readonly limits: ConnectionLimits;
  /** IP on which the gateway listens for traffic; absent: all. */
  readonly host?: string;
}

/** The bounds of one gateway. */
export interface ConnectionLimits extends Caps {
  /** Threads that move bytes; HAProxy counts the machine's processors, not the container's. */
  readonly threads: number;
  /** File descriptors; a lower limit of the system counts. A connection takes two, a port one. */
  readonly files: number;
  /** Milliseconds that a TLS handshake may take. */
  readonly handshake: number;
  /** Milliseconds in which a request must have begun, and its headers be complete. */
  readonly request: number;
}

/** A whole configuration; files and maps are by path. */
export interface Rendered {
  /** The text of the configuration file; a change reloads HAProxy. */
  readonly config: string;
  /** Certificate and key, as HAProxy reads them from one file. */
  readonly certificate: Pem;
  /** CAs, by the files that the configuration names. */
  readonly bundles: readonly Pem[];
  /** Other files that HAProxy reads with its configuration, and which change with it only. @default none */
  readonly lists?: readonly Pem[];
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Servers whose address and state are set at run time, as `backend/server`. */
  readonly servers: ReadonlyMap<string, ServerState>;
  readonly parts: Parts;
}

/** The parts of a configuration whose change may need a reload, by link; '' for parts of no link. */
export type Parts = () => ReadonlyMap<string, string>;

/** The desired state of a server. */
export interface ServerState {
  /** Absent together with its port: it has none, and is not ready. */
  readonly ip?: string;
  readonly port?: number;
  /** It gets connections. */
  readonly ready: boolean;
}

/** PEM text and the file that it belongs into. */
export interface Pem {
  readonly path: string;
  readonly text: string;
}

/** The path of a file of the shared folder. */
export function pathOf(layout: Pick<Layout, 'directory'>, name: string): string {
  return join(layout.directory, name);
}
