import { importsOfSpec, type Link } from '../../api/link.js';
import { keys } from '../../api/names.js';
import type { ImportsStatus } from '../link/links.js';
import type { LocalCaches } from '../caches.js';
import { hasPlace } from '../../mirror/federated.js';
import type { Deletions } from './deletions.js';
import type { UnmadeMirrors } from './unmade.js';

/** Counts the automatic mirrors of a Link, and the federated ones that name it. */
export function importsOf(
  link: Readonly<Link>,
  o: {
    readonly caches: Pick<LocalCaches, 'mirrors'>;
    readonly unmade: Pick<UnmadeMirrors, 'counts'>;
    readonly deletions: Pick<Deletions, 'held'>;
  },
): ImportsStatus {
  const { automatic = false, federated } = importsOfSpec(link) ?? {};
  if (!automatic && federated === undefined) return {};
  const { name } = link.metadata;
  const made = automatic ? o.caches.mirrors.by('automatic', name) : [];
  const joined = federated === undefined ? [] : o.caches.mirrors.by('federated', name);
  const mirrors = made.length + joined.filter((mirror) => hasPlace(mirror, name)).length;
  const why = Object.entries(o.unmade.counts(name)).toSorted();
  const missing = why.reduce((sum, [, count]) => sum + count, 0);
  const held = o.deletions.held(name);
  const kinds = [automatic && 'automatic', federated && 'federated'].filter(Boolean).join(' and ');
  return {
    counts: {
      ...{ mirrors, missing, held: held?.count ?? 0, display: `${mirrors}/${mirrors + missing}` },
      ...(missing > 0 && { reasons: why.map(([reason, count]) => `${reason} ${count}`).join(', ') }),
    },
    ...(held !== undefined && {
      held: `${held.count} of ${held.total} ${kinds} mirrors are kept until ${held.until}, although their Services are gone from the remote cluster; if that is right, let them go now: kubectl annotate links.linkerd.io ${name} --overwrite ${keys.allowDeletionsUntil}=${held.permit}`,
    }),
  };
}
