import type { LinkReport } from '../../protocol/applied.js';
import { noneDialledIn } from '../../protocol/through.js';

/**
 * The reports of the probes, with the number of a peer's gateway pods that have dialled in. While there are none, that is why
 * no probe comes through.
 *
 * @param members undefined: the peer does not dial in
 */
export function withDialledIn(
  reports: ReadonlyMap<string, LinkReport>,
  members: (link: string) => number | undefined,
): ReadonlyMap<string, LinkReport> {
  return new Map(
    [...reports].map(([link, report]) => {
      const dialledIn = members(link);
      if (dialledIn === undefined) return [link, report];
      const isReached = dialledIn > 0 || report.reason === undefined;
      return [link, { ...report, dialledIn, ...(!isReached && { message: noneDialledIn }) }];
    }),
  );
}
