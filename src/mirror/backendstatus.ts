import { backendsOfStatus, isSameService, hasClusters } from '../api/backends.js';
import type { BackendStatus, EndpointCount, MirroredPort } from '../api/mirrorstatus.js';
import type { Role } from './roles.js';
import { portsOfBackend } from './shownports.js';
import { knownSource, type Backend, type MirrorInput } from './view.js';

/** The records of several backends; undefined: the mirror has one cluster. */
export function backendsShown(input: MirrorInput, roles: readonly Role[]): BackendStatus[] | undefined {
  const { mirror } = input.view;
  if (!hasClusters(mirror)) return undefined;
  return input.backends.map((backend, at) => {
    const { state, priority, weight } = roles[at] ?? { state: 'NotReady', priority: 0, weight: 1 };
    const { cluster, namespace, name } = backend.view.backend;
    const ports = egressPortsOf(backend);
    return {
      ...{ cluster, namespace, name: name.slice(0, 63), state, priority, weight },
      ...countOf(backend),
      ...(ports.length > 0 && { ports }),
    };
  });
}

/** The ports that lead to a backend. While it has not been seen, those that its record has stay, and lead there. */
function egressPortsOf(backend: Backend): MirroredPort[] {
  const { notAccepted, view } = backend;
  const remembered = backendsOfStatus(view.mirror).find((record) => isSameService(record, view.backend));
  const ports = portsOfBackend(backend) ?? (notAccepted === undefined ? (remembered?.ports ?? []) : []);
  return ports.filter(({ gatewayPort }) => gatewayPort !== undefined);
}

/**
 * Its ready endpoints and all of them, if they are known. Those that are shutting down serve to the last where there is
 * nothing else; of several clusters another one takes over.
 */
function countOf({ source, view, notAccepted }: Backend): Pick<BackendStatus, 'ready' | 'total'> {
  // whoever may write mirrors would learn of Services in any namespace
  if (notAccepted?.reason === 'NamespaceNotAllowed') return {};
  const known = knownSource(source);
  if (known !== undefined) {
    const leaving = hasClusters(view.mirror) ? known.leaving : 0;
    return { ready: known.ready - leaving, total: known.total };
  }
  if (source.kind === 'absent') return {};
  const record = view.mirror.status?.backends?.find((one) => isSameService(one, view.backend));
  const { ready, total } = record ?? {};
  return { ...(ready !== undefined && { ready }), ...(total !== undefined && { total }) };
}

/** The endpoints of the mirror; undefined: those of no backend are known. */
export function endpointsShown(input: MirrorInput, roles: readonly Role[]): EndpointCount | undefined {
  const known = input.backends.flatMap((backend, at) => {
    const { ready, total } = countOf(backend);
    const role = roles[at];
    return ready === undefined || total === undefined || role === undefined
      ? []
      : [{ cluster: backend.view.backend.cluster, ready, total, role }];
  });
  if (known.length === 0) return undefined;
  const serving = known.filter(({ role }) => role.state === 'Serving');
  const sum = (counts: readonly number[]) => counts.reduce((all, one) => all + one, 0);
  const ready = sum(serving.map((one) => one.ready));
  const total = sum((serving.length > 0 ? serving : known).map((one) => one.total));
  if (!hasClusters(input.view.mirror)) return { ready, total, display: `${ready}/${total}` };
  const each = known.map((one) => `${one.cluster} ${one.ready}/${one.total}${stateShown(one.role)}`);
  return { ready, total, display: each.join(', ').slice(0, 2_048) };
}

function stateShown({ state }: Role): string {
  return { Serving: '', Standby: ' standby', NotReady: ' down' }[state];
}
