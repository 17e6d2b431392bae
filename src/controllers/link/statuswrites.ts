import type { Link } from '../../api/link.js';
import type { LinkStatus } from '../../api/linkstatus.js';
import { links } from '../../api/resources.js';
import type { Applier } from '../../runtime/apply.js';
import type { Cache } from '../../runtime/cache.js';
import type { Recorder } from '../../runtime/events.js';
import { createSerials } from '../../runtime/serial.js';
import type { Refusals } from '../refusals.js';

/** A part of a Link's status; each has one writer. */
export type LinkStatusPart = Readonly<LinkStatus>;

/** One controller's part, before it is decided. */
export interface LinkStatusWrite {
  /** Name under which that part is applied. */
  readonly manager: string;
  /** Decides from the Link as the writes before have left it; undefined: nothing is written. */
  readonly decide: (actual: Readonly<Link>) => LinkStatusPart | undefined;
}

/** Writes the statuses of Links. */
export interface LinkStatuses {
  /**
   * Decides and writes a part of a Link's status, after the other parts that are under way: each write names the
   * version of the Link that it rests on, so one of two at a time would be refused. If our own API server refuses it,
   * an Event on the Link says so, since its conditions cannot be written, and the controller goes on. Other failures
   * are thrown.
   *
   * @returns when to try again; undefined: it is written, or the Link is gone
   */
  write(link: string, part: LinkStatusWrite): Promise<{ requeueAfter: number } | undefined>;
}

/** Makes the one {@link LinkStatuses} that all controllers share. */
export function createLinkStatuses(o: {
  readonly links: Pick<Cache<Link>, 'get'>;
  readonly applier: Pick<Applier, 'status'>;
  readonly events: Pick<Recorder, 'event'>;
  readonly refusals: Pick<Refusals, 'attempt'>;
}): LinkStatuses {
  const inTurn = createSerials();

  async function write(
    name: string,
    { manager, decide }: LinkStatusWrite,
  ): ReturnType<LinkStatuses['write']> {
    const actual = o.links.get(name);
    const status = actual && decide(actual);
    if (actual === undefined || status === undefined) return undefined;
    const { conditions = [], ...more } = status;
    const outcome = await o.refusals.attempt({
      ...{ key: keyOfLink(name), part: `status ${manager}`, what: `the status of Link "${name}"` },
      // a condition that changes and cannot be written has a later time with each attempt
      wish: { ...more, conditions: conditions.map(({ lastTransitionTime: _time, ...said }) => said) },
      write: async () => [await o.applier.status(links, { actual, status, manager })],
    });
    if (outcome.kind === 'done') return undefined;
    const { message, fresh, requeueAfter } = outcome;
    if (fresh) o.events.event(actual, { type: 'Warning', reason: 'WriteRefused', message });
    return { requeueAfter };
  }

  return { write: (link, part) => inTurn(link, () => write(link, part)) };
}

/** The key of the refusals of a Link's status. */
export function keyOfLink(name: string): string {
  return `Link ${name}`;
}
