import { run } from '../../tools/clusters/exec.js';

/** Ranges of ClusterIPs. London's lead nowhere: its clients read slices and dial what these show. */
export const serviceCidrs = { london: '10.98.0.0/16', paris: '10.97.0.0/22' } as const;

/** Where the gateways take traffic; all addresses are this machine's. */
export const gatewayAddresses = {
  egress: ['10.20.0.11', '10.20.0.12'],
  ingress: ['10.20.1.11', '10.20.1.12'],
} as const;

/** Gives the sealed network its addresses, among them every ClusterIP of Paris (ip-route(8), type local). */
export async function prepareNetwork(): Promise<void> {
  const commands = [
    'link set lo up',
    ...[...gatewayAddresses.egress, ...gatewayAddresses.ingress].map((ip) => `address add ${ip}/32 dev lo`),
    `route add local ${serviceCidrs.paris} dev lo`,
  ];
  await run(['ip', '-batch', '-'], { input: commands.join('\n') });
}
