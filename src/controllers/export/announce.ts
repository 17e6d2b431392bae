import type { ExportProblem } from '../../exports/exports.js';
import type { Exported } from '../../exports/merge.js';
import { splitKey } from '../../api/resources.js';
import type { Clock } from '../../runtime/clock.js';
import { createPace } from '../../runtime/pace.js';

/**
 * The problems whose Event is due now, and the time (ms) after which to look again because others have to wait;
 * absent: none has to.
 */
export interface Announcements {
  readonly due: readonly ExportProblem[];
  readonly lookAgainIn?: number;
}

/** Rates of Events for one namespace and for all: a burst, and then one at a time. */
const ofNamespace = { burst: 10, everyMs: 10_000 };
const ofAll = { burst: 50, everyMs: 1_000 };

/**
 * Finds the problems that are new since the last call; each is due once for as long as it lasts. If a Link selects a
 * thousand Services by mistake, or a tenant makes and deletes them, their Events come one by one.
 */
export function createAnnouncements(clock: Clock): (problems: Exported['problems']) => Announcements {
  const [paceOfNamespace, paceOfAll] = [createPace(ofNamespace, clock), createPace(ofAll, clock)];
  let announced: ReadonlySet<string> = new Set();
  /** The problems at the last call, if no Event has to wait. */
  let settled: Exported['problems'] | undefined;

  return (problems) => {
    if (problems === settled) return { due: [] };
    const lasting = new Set<string>();
    const due: ExportProblem[] = [];
    let lookAgainIn = Infinity;
    for (const problem of [...problems.values()].flatMap(byReason)) {
      const key = JSON.stringify([problem.service, problem.reason, problem.message]);
      const { namespace = '' } = splitKey(problem.service);
      const wait = announced.has(key) ? 0 : Math.max(paceOfNamespace.wait(namespace), paceOfAll.wait(''));
      if (wait > 0) {
        lookAgainIn = Math.min(lookAgainIn, wait);
        continue;
      }
      if (!announced.has(key)) {
        due.push(problem);
        paceOfNamespace.spend(namespace);
        paceOfAll.spend('');
      }
      lasting.add(key);
    }
    announced = lasting;
    settled = lookAgainIn < Infinity ? undefined : problems;
    return { due, ...(lookAgainIn < Infinity && { lookAgainIn }) };
  };
}

/** Problems of a Service with the same reason, such as those of its ports, count as one. */
function byReason(problems: readonly ExportProblem[]): ExportProblem[] {
  const groups = Map.groupBy(problems, ({ reason }) => reason);
  return [...groups.values()].map((group) => ({
    ...group[0]!,
    message: [...new Set(group.map(({ message }) => message))].join('; '),
    links: new Set(group.flatMap(({ links }) => [...links])),
  }));
}
