import type { Cidr } from '../../net/cidr.js';
import type { Resolver } from '../../net/resolve.js';
import type { Address } from '../../net/address.js';
import type { ReportTo } from '../../protocol/channel.js';
import type { EgressGateway, IngressGateway } from '../model.js';
import { createEgress } from './egress.js';
import { createIngress } from './ingress.js';
import type { HaproxyOptions, Settings } from './settings.js';
import { askVersion } from './spawn.js';
import { readVersion } from './version.js';

type Given = Omit<HaproxyOptions, keyof Settings | 'host'> & { readonly address?: string };

/** Makes gateways of both roles that HAProxy is, all with the same settings. */
export function withHaproxy(settings: Settings) {
  const hosted = (address: string | undefined) => (address === undefined ? {} : { host: address });
  return {
    /** Throws when HAProxy is to be started by us, and is absent or too old. */
    async check(): Promise<void> {
      const { command = ['haproxy'] } = settings;
      if (command !== 'beside') readVersion(await askVersion(command));
    },
    egress: ({
      address,
      ...options
    }: Given & {
      readonly resolver: Resolver;
      readonly answering: (link: string) => readonly Address[];
    }): EgressGateway => createEgress({ ...settings, ...options, ...hosted(address) }),
    ingress: ({
      address,
      report,
      ...options
    }: Given & {
      readonly port: number;
      readonly clusterDomain: string;
      readonly proxies: readonly Cidr[];
      readonly report: ReportTo;
    }): IngressGateway => createIngress({ ...settings, ...options, peerReport: report, ...hosted(address) }),
  };
}
