/** Of so many namespaces each is watched by itself; of more, the whole cluster at once. */
const few = 16;

/** The namespaces of this cluster to read; empty: all of it. Undefined: none. */
export type OwnScope = readonly string[] | undefined;

/**
 * Which namespaces of this cluster to read, for mirrors in these namespaces. Reading others begins anew with all of
 * them, and whoever may write mirrors chooses them. So what is read already goes on being read as long as there are few,
 * and the whole cluster until half as many are wanted: mirrors that come and go in one namespace cost one beginning,
 * and keep nobody else's from being read.
 */
export function createOwnScope(): (wanted: ReadonlySet<string>) => OwnScope {
  let present: OwnScope;
  const next = (wanted: ReadonlySet<string>): OwnScope => {
    if (wanted.size === 0) return undefined;
    if (wanted.size > few || (present?.length === 0 && wanted.size > few / 2)) return [];
    const both = new Set([...(present ?? []), ...wanted]);
    return [...(both.size > few ? wanted : both)].toSorted();
  };
  return (wanted) => (present = next(wanted));
}
