import { keys, managedBy } from '../../api/names.js';
import { controllingLink } from '../../api/owner.js';
import { serviceMirrors } from '../../api/resources.js';
import type { ServiceMirror } from '../../api/servicemirror.js';
import type { Applier } from '../../runtime/apply.js';
import type { Recorder } from '../../runtime/events.js';

/** The dependencies. */
export interface HandwrittenOptions {
  readonly applier: Pick<Applier, 'amend'>;
  readonly events: Pick<Recorder, 'event'>;
}

/**
 * Takes our marks from an automatic or federated mirror over which somebody has applied a manifest: it is theirs from then on, with
 * the spec that they wrote, and stays when the remote Service or the Link goes. A manifest says nothing of owners, so
 * without this the garbage collector would take it.
 */
export async function release(
  mirror: Readonly<ServiceMirror>,
  { applier, events }: HandwrittenOptions,
): Promise<void> {
  const { ownerReferences, labels = {}, annotations = {} } = mirror.metadata;
  const link = controllingLink(mirror);
  // what they have set to another value is theirs already
  const ours = Object.entries({ [keys.managedBy]: managedBy, [keys.link]: link?.name });
  const left = ours.filter(([key, value]) => labels[key] === value).map(([key]) => [key, null] as const);
  const told = [keys.remoteService, keys.federatedService].filter((key) => annotations[key] !== undefined);
  await applier.amend(serviceMirrors, mirror, {
    metadata: {
      ...(link !== undefined && { ownerReferences: ownerReferences?.filter(({ uid }) => uid !== link.uid) }),
      annotations: Object.fromEntries(told.map((key) => [key, null])),
      ...(left.length > 0 && { labels: Object.fromEntries(left) }),
    },
  });
  events.event(mirror, {
    type: 'Normal',
    reason: 'Released',
    message: `a manifest was applied over this ${link === undefined ? 'federated' : 'automatic'} mirror, so it is its author's from now on; delete it, and ours is made again`,
  });
}
