import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressPorts } from '../../api/names.js';
import { type Caps, capsOf, filesToOpen } from '../caps.js';
import { type GatewayEvents, uncounted } from '../events.js';
import type { GatewaySettings } from '../model.js';
import type { ConnectionLimits } from './render/layout.js';
import type { PortRange } from './render/ports.js';
import type { ProcessCommand } from './spawn.js';

/** What only gateways with HAProxy are given: how it is found or started, and what it may use. */
export interface HaproxySettings {
  /**
   * Shared with HAProxy and nobody else.
   *
   * @default one right below the system's temporary folder, by user, role and address: that of others is refused
   */
  readonly directory?: string;
  /** Starts HAProxy; `beside`: it runs in a container of its own with the same folder. @default `['haproxy']` */
  readonly command?: ProcessCommand | 'beside';
  /** Threads that move bytes. @default one for each processor, 8 at most */
  readonly threads?: number;
  /** File descriptors; a lower limit of the system counts. @default 64_000 */
  readonly files?: number;
  /** Milliseconds in which a request must have begun, and its headers be complete. @default 30_000 ms */
  readonly requestTimeout?: number;
  /** @default all ports that are ever allocated, all at once where there are files enough for them, else 2,000 at a time */
  readonly ports?: PortRange;
  /** Milliseconds between two looks at HAProxy's counters, and whether it is still there. @default 1_000 ms */
  readonly lookPeriod?: number;
}

/** Settings with everything said. */
export interface Complete {
  readonly directory: string;
  readonly command: ProcessCommand | undefined;
  readonly limits: ConnectionLimits;
  readonly ports: PortRange;
  readonly lookPeriod: number;
  readonly events: GatewayEvents;
}

/** Fills in what was left out. @param name tells gateways of one machine apart */
export function complete(given: GatewaySettings, own: HaproxySettings, name: string): Complete {
  const { directory, command = ['haproxy'], ports, lookPeriod = 1_000 } = own;
  const limits = limitsOf(given, own);
  return {
    directory: directory ?? join(tmpdir(), `service-mirror-${process.getuid?.() ?? 0}-${name}`),
    command: command === 'beside' ? undefined : command,
    limits,
    ports: ports ?? { ...egressPorts, block: blockFor(given.caps ?? {}, limits) },
    lookPeriod,
    events: given.events ?? uncounted,
  };
}

/** A port takes a file: where that costs no connection, all are opened at the start, so that no route takes a reload. */
function blockFor(asked: Partial<Caps>, { files, connections }: ConnectionLimits): number {
  const all = egressPorts.last - egressPorts.first + 1;
  return capsOf(asked, files - all).connections < connections ? 2_000 : all;
}

function limitsOf(
  { caps = {}, handshakeTimeout = 5_000 }: GatewaySettings,
  own: HaproxySettings,
): ConnectionLimits {
  const { threads = Math.min(8, availableParallelism()), requestTimeout = 30_000 } = own;
  // HAProxy beside us has the limit of its own container, which a node gives alike to all
  const files = filesToOpen(own.files);
  const timeouts = { handshake: handshakeTimeout, request: requestTimeout };
  return { threads, files, ...timeouts, ...capsOf(caps, files) };
}
