import { keys, managedBy } from '../../src/api/names.js';
import type { Imports, Link } from '../../src/api/link.js';
import type { Service } from '../../src/api/objects.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import { reconcileAutomatic } from '../../src/controllers/import/automatic.js';
import { aFakeCluster, aRemote, type FakeCluster } from './cluster.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  annotated,
  importing,
  labelled,
  named,
  of,
  ownedBy,
  type Change,
} from './gen.js';

const selector = { matchLabels: { team: 'a' } };

/** The key of the Service {@link web}. */
export const key = 'paris|default/web';

/** Labels that the Link selects. */
export const selected = labelled({ team: 'a' });

/** A Service of Paris that the Link selects. */
export const web = aService('web', selected);

/** The Link `paris`, which imports automatically. */
export const automatic = (imports: Partial<Imports> = {}, ...changes: Change<Link>[]) =>
  aLink('paris', importing({ selector, automatic: true, ...imports }), ...changes);

/** For which remote Service a mirror was made. */
export const source = (service: string) => annotated({ [keys.remoteService]: service });

/** The mirror of {@link web} as that Link makes it. */
export const made = (name = 'web-paris', link = automatic(), ...changes: Change<ServiceMirror>[]) =>
  aMirror(
    name,
    ...[of('paris', 'default/web'), named(name), ownedBy(link), source('default/web')],
    labelled({ [keys.managedBy]: managedBy, [keys.link]: 'paris' }),
    ...changes,
  );

/** London with that Link, and what Paris has. */
export function london(
  there: readonly Readonly<Service>[],
  ...objects: Parameters<typeof aFakeCluster>
): FakeCluster {
  const fake = aFakeCluster(automatic(), aNamespace(), ...objects);
  fake.remotes.clusters.set('paris', aRemote({ services: there }));
  return fake;
}

/** Reconciles one key with a controller that remembers nothing. */
export const reconcile = (fake: FakeCluster, of = key) => reconcileAutomatic(fake)(of);
