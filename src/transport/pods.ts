import { mostHostnames } from '../api/names.js';
import { familyOf } from '../endpoints/family.js';
import { hostnamesOf, isPodReady, whyPodNot } from '../mirror/pods.js';
import { unreachable } from '../endpoints/reach.js';
import type { BackendView, KnownSource, PodMirror, Reason, TransportAnswer } from '../mirror/view.js';

/** Most host names that a message names. */
const mostNamed = 3;

/**
 * The answer of a transport that goes through gateways, for a headless service: each host name leads to the ClusterIP of
 * the mirror of that pod, which is ready when that mirror is.
 */
export function answerByPods(view: BackendView, source: KnownSource): TransportAnswer {
  const { pods } = view;
  if (pods === undefined || source.kind === 'remembered')
    return { kind: 'keep', reason: 'Pending', message: 'waits for the remote endpoint slices' };
  const addresses = pods.flatMap((pod) => addressesOf(pod).map((address) => ({ pod, address })));
  const families = Map.groupBy(addresses, ({ address }) => familyOf(address));
  const slices = [...families]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([addressType, of]) => ({
      addressType,
      endpoints: of.map(({ pod, address }) => ({
        ...{ addresses: [address], hostname: pod.hostname },
        conditions: { ready: isPodReady(pod) },
      })),
      ports: source.ports
        .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
        .map(({ name = '', port, appProtocol }) => ({
          ...{ name, port, protocol: 'TCP' },
          ...(appProtocol !== undefined && { appProtocol }),
        })),
    }));
  const notReady = whyNone(pods, source);
  const remark = remarkOn(pods, source);
  return {
    ...{ kind: 'endpoints', slices },
    ...(notReady !== undefined && { notReady }),
    ...(remark !== undefined && { remark }),
  };
}

function addressesOf({ service }: PodMirror): readonly string[] {
  const { clusterIP = '', clusterIPs = [clusterIP] } = service?.spec ?? {};
  return clusterIPs.filter((address) => address !== '' && address !== 'None');
}

function whyNone(pods: readonly PodMirror[], source: KnownSource): Reason | undefined {
  if (source.total === 0) return { reason: 'NoReadyEndpoints', message: 'the remote service has no pods' };
  if (pods.some(isPodReady)) return undefined;
  if (source.ready === 0) return { reason: 'NoReadyEndpoints', message: unreachable(source) };
  const [first] = pods.flatMap((pod) => whyPodNot(pod) ?? []);
  return first ?? { reason: 'Pending', message: 'waits for the mirrors of its pods' };
}

/** Host names that lead nowhere while others work. */
function remarkOn(pods: readonly PodMirror[], { slices }: KnownSource): string | undefined {
  const not = pods
    .filter(({ isThere }) => isThere)
    .flatMap((pod) => {
      const why = whyPodNot(pod);
      return why === undefined ? [] : [`host name ${pod.hostname}: ${why.message}`];
    });
  const others = not.length - mostNamed;
  const remarks = [
    ...not.slice(0, mostNamed),
    ...(others > 0 ? [`and ${others} more`] : []),
    ...(hostnamesOf(slices).more ? [`only ${mostHostnames} host names are mirrored`] : []),
  ];
  return remarks.length === 0 ? undefined : remarks.join('; ');
}
