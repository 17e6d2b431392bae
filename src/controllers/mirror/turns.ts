import { conditionOf } from '../../api/conditions.js';
import type { ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import type { Condition, KubeObject } from '../../api/objects.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import { leadingBackend } from '../../mirror/backends.js';
import type { MirrorInput } from '../../mirror/view.js';

/** `Ready` of a mirror has another status than before. */
export interface Turn {
  readonly mirror: Readonly<KubeObject>;
  /** The Link of its leading backend. */
  readonly link: string;
  /** The status of `Ready` before; undefined: the mirror is new. */
  readonly before: Condition['status'] | undefined;
  readonly after: Pick<Condition, 'status' | 'reason' | 'message'>;
}

/** What people should hear of a status that was just written, in Events. */
export interface StatusNews {
  readonly turn?: Turn;
  /** A write for the mirror is refused since this status, and `Ready` does not say so by turning. */
  readonly refusal?: string;
}

/** Compares the status that was just written with the one before, which the input still has. */
export function newsOf(input: MirrorInput, status: ServiceMirrorStatus): StatusNews {
  const { mirror } = input.view;
  const said = (type: string) => ({
    before: conditionOf(mirror, type),
    after: conditionOf({ status }, type),
  });
  const { before, after } = said('Ready');
  const turned = after !== undefined && before?.status !== after.status ? after : movedOf(mirror, status);
  const refusal = ['Synced', 'EndpointsReady']
    .map(said)
    .filter((one) => isRefused(one.after) && !isRefused(one.before))
    .map((one) => one.after?.message)
    .find((message) => message !== turned?.message);
  const link = (leadingBackend(input) ?? input.backends[0]).view.backend.cluster;
  return {
    ...(turned !== undefined && {
      turn: { mirror, link, before: turned === after ? before?.status : undefined, after: turned },
    }),
    ...(refusal !== undefined && { refusal }),
  };
}

/** Of several clusters others serve than before. */
function movedOf(mirror: Readonly<ServiceMirror>, status: ServiceMirrorStatus): Turn['after'] | undefined {
  const serving = ({ backends = [] }: ServiceMirrorStatus) =>
    backends.filter(({ state }) => state === 'Serving').map(({ cluster }) => cluster);
  const [before, now] = [serving(mirror.status ?? {}), serving(status)];
  if (before.length === 0 || now.length === 0 || before.join() === now.join()) return undefined;
  const message = `connections go to ${now.join(', ')} now, and went to ${before.join(', ')}: ${status.endpoints?.display ?? ''}`;
  return { status: 'True', reason: 'BackendsChanged', message };
}

function isRefused(condition: { readonly reason: string } | undefined): boolean {
  return condition?.reason === 'WriteRefused';
}
