import type { EndpointPort, ServicePort } from '../api/objects.js';
import { keyOfPort, portsOfMirror } from './shownports.js';
import type { BackendView, KnownSource, TransportAnswer } from './view.js';

/**
 * The answer of one of several backends, for the ports of the mirror's Service. Proxies find the ports of a slice by
 * their names (KEP-752), and the remote Services may give one number different names. Ports that the mirror's
 * Service does not have are left out.
 */
export function fitted(answer: TransportAnswer, source: KnownSource, view: BackendView): TransportAnswer {
  if (answer.kind !== 'endpoints') return answer;
  const here = new Map(portsOfMirror(view).map((port) => [keyOfPort(port), port.name ?? '']));
  const names = new Map(
    source.ports.map((port): [string, string | undefined] => [nameOf(port), here.get(keyOfPort(port))]),
  );
  const fit = (port: EndpointPort): EndpointPort[] => {
    const name = names.get(nameOf(port));
    return name === undefined ? [] : [{ ...port, name }];
  };
  const slices = answer.slices.map((slice) => ({ ...slice, ports: slice.ports.flatMap(fit) }));
  return { ...answer, slices };
}

/** A name and a protocol tell the ports of a Service apart. */
function nameOf({ name = '', protocol = 'TCP' }: ServicePort | EndpointPort): string {
  return `${name}/${protocol}`;
}

/** The ports of the mirror's Service that one of several backends lacks. */
export function lackedPorts(source: KnownSource, view: BackendView): readonly ServicePort[] {
  const offered = new Set(source.ports.map(keyOfPort));
  return portsOfMirror(view).filter((port) => !offered.has(keyOfPort(port)));
}

/** Whether one of several backends has none of the ports of the mirror's Service, so that no connection gets there. */
export function lacksAllPorts(source: KnownSource, view: BackendView): boolean {
  const lacked = lackedPorts(source, view).length;
  return lacked > 0 && lacked === portsOfMirror(view).length;
}
