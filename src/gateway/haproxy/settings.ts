import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { egressPorts } from '../../api/names.js';
import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import { capsOf, filesToOpen } from '../caps.js';
import { type GatewayEvents, uncounted } from '../events.js';
import type { Limits } from './render/layout.js';
import type { PortRange } from './render/ports.js';
import type { Command } from './spawn.js';

/** How HAProxy is found or started, and what it may use. */
export interface Settings {
  /**
   * Shared with HAProxy and nobody else.
   *
   * @default one right below the system's temporary folder, by user, role and address: that of others is refused
   */
  readonly directory?: string;
  /** Starts HAProxy; `beside`: it runs in a container of its own with the same folder. @default `['haproxy']` */
  readonly command?: Command | 'beside';
  readonly limits?: Partial<Limits>;
  /** @default all ports that are ever allocated, all at once where there are files enough for them, else 2,000 at a time */
  readonly ports?: PortRange;
  /** Milliseconds between two looks at HAProxy's counters, and whether it is still there. @default 1_000 ms */
  readonly lookPeriod?: number;
}

/** What both roles are made of. */
export interface HaproxyOptions extends Settings {
  /** IP on which traffic is taken; absent: all. */
  readonly host?: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly events?: GatewayEvents;
  /** Is told when what is in force has changed though no other state was applied. */
  readonly onChange?: () => void;
}

/** Settings with everything said. */
export interface Complete {
  readonly directory: string;
  readonly command: Command | undefined;
  readonly limits: Limits;
  readonly ports: PortRange;
  readonly lookPeriod: number;
  readonly events: GatewayEvents;
}

/** Fills in what was left out. @param name tells gateways of one machine apart */
export function complete(options: HaproxyOptions, name: string): Complete {
  const { directory, command = ['haproxy'], limits, ports, lookPeriod = 1_000 } = options;
  const inForce = limitsOf(limits ?? {});
  return {
    directory: directory ?? join(tmpdir(), `service-mirror-${process.getuid?.() ?? 0}-${name}`),
    command: command === 'beside' ? undefined : command,
    limits: inForce,
    ports: ports ?? { ...egressPorts, block: blockFor(limits ?? {}, inForce) },
    lookPeriod,
    events: options.events ?? uncounted,
  };
}

/** A port takes a file: where that costs no connection, all are opened at the start, so that no route takes a reload. */
function blockFor(asked: Partial<Limits>, { files, connections }: Limits): number {
  const all = egressPorts.last - egressPorts.first + 1;
  return capsOf(asked, files - all).connections < connections ? 2_000 : all;
}

function limitsOf(asked: Partial<Limits>): Limits {
  const { threads = Math.min(8, availableParallelism()), handshake = 5_000, request = 30_000 } = asked;
  // HAProxy beside us has the limit of its own container, which a node gives alike to all
  const files = filesToOpen(asked.files);
  return { threads, files, handshake, request, ...capsOf(asked, files) };
}
