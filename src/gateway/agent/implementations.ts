import type { Clock } from '../../runtime/clock.js';
import type { Log } from '../../runtime/log.js';
import type { Cidr } from '../../net/cidr.js';
import type { Resolver } from '../../net/resolve.js';
import type { Address } from '../../net/address.js';
import type { ReportTo } from '../../protocol/channel.js';
import type { Caps } from '../caps.js';
import type { GatewayEvents } from '../events.js';
import { withHaproxy } from '../haproxy/implementation.js';
import type { Settings } from '../haproxy/settings.js';
import type { EgressGateway, IngressGateway } from '../model.js';
import { createEgress } from '../node/egress.js';
import { createIngress } from '../node/ingress.js';

/** What every gateway is given; `address` is where it takes traffic, absent: everywhere. */
interface Common {
  readonly address?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: GatewayEvents;
  /** Is told when what is in force has changed though no other state was applied. */
  readonly onChange: () => void;
}

/** A program that moves the bytes; it starts to listen when it is first given a state. */
export interface Implementation {
  /** Throws an Error that names the fix when it could never work here. */
  check(): Promise<void>;
  egress(
    options: Common & {
      readonly resolver: Resolver;
      readonly answering: (link: string) => readonly Address[];
    },
  ): EgressGateway;
  ingress(
    options: Common & {
      readonly port: number;
      /** The domain of our own services' DNS names. */
      readonly clusterDomain: string;
      /** Networks from which every connection begins with a PROXY protocol header. */
      readonly proxies: readonly Cidr[];
      readonly report: ReportTo;
    },
  ): IngressGateway;
}

function withNode({ caps = {} }: ImplementationSettings): Implementation {
  const hosted = (address: string | undefined) => (address === undefined ? {} : { host: address });
  return {
    check: () => Promise.resolve(),
    egress: ({ address, ...options }) => createEgress({ ...options, caps, ...hosted(address) }),
    ingress: ({ address, report, ...options }) =>
      createIngress({ ...options, caps, peerReport: report, ...hosted(address) }),
  };
}

/** What an implementation may be told: how HAProxy is found, and how much it may carry. */
export interface ImplementationSettings extends Pick<Settings, 'directory' | 'command'> {
  readonly caps?: Partial<Caps>;
}

/** All implementations by the name that the flag `--implementation` gives. */
export const implementations: Readonly<Record<string, (settings: ImplementationSettings) => Implementation>> =
  {
    node: withNode,
    haproxy: ({ caps = {}, ...settings }) => withHaproxy({ ...settings, limits: caps }),
  };

/** The implementation of that name; throws an Error that lists the known ones. */
export function implementationOf(name: string, settings: ImplementationSettings = {}): Implementation {
  const make = Object.hasOwn(implementations, name) ? implementations[name] : undefined;
  if (make !== undefined) return make(settings);
  throw new Error(
    `no gateway implementation is called ${name}: use ${Object.keys(implementations).join(' or ')}`,
  );
}
