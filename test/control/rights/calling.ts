import { connect as connectTls } from 'node:tls';
import { ownNames } from '../../../src/api/names.js';
import { serviceIdOf, serverName, type ServicePortId } from '../../../src/protocol/serviceid.js';
import { leafOf, type ClusterDriver } from '../../driver/cluster.js';
import { streamOf, type Stream } from '../../driver/traffic.js';
import { gatewayAddresses } from '../order/clusters.js';
import { servicePort } from './story.js';

/** Calls Paris's ingress with London's own certificate, under the server name of a service. */
export async function callAs(
  london: ClusterDriver,
  service: Omit<ServicePortId, 'port' | 'protocol'>,
): Promise<Stream> {
  const { cert, key } = await leafOf(london, ownNames.egressTls);
  const serviceId = serviceIdOf({ ...service, port: servicePort });
  const socket = connectTls({
    ...{ host: gatewayAddresses.ingress[0], port: 4143, rejectUnauthorized: false },
    ...{ cert, key, servername: serverName(serviceId, 'paris') },
  });
  return streamOf(socket);
}
