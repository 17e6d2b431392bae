import type { Link } from '../../api/link.js';
import type { LinkStatus } from '../../api/linkstatus.js';
import { links } from '../../api/resources.js';
import type { Applier } from '../../runtime/apply.js';
import type { Recorder } from '../../runtime/events.js';
import type { Refusals } from '../refusals.js';

/** The dependencies of controllers that write a Link's status. */
export interface LinkStatusOptions {
  readonly applier: Pick<Applier, 'status'>;
  readonly events: Pick<Recorder, 'event'>;
  readonly refusals: Pick<Refusals, 'attempt'>;
}

/** A part of a Link's status; each has one writer. */
export type LinkStatusPart = Readonly<LinkStatus>;

/**
 * Writes a part of a Link's status. If our own API server refuses it, an Event on the Link says so, since its
 * conditions cannot be written, and the controller goes on. Other failures are thrown.
 *
 * @param manager name under which that part is applied
 * @returns when to try again
 */
export async function writeLinkStatus(
  actual: Readonly<Link>,
  { status, manager }: { readonly status: LinkStatusPart; readonly manager: string },
  { applier, events, refusals }: LinkStatusOptions,
): Promise<{ requeueAfter: number } | undefined> {
  const { name } = actual.metadata;
  const { conditions = [], ...more } = status;
  const outcome = await refusals.attempt({
    ...{ key: keyOfLink(name), part: `status ${manager}`, what: `the status of Link "${name}"` },
    // a condition that changes and cannot be written has a later time with each attempt
    wish: { ...more, conditions: conditions.map(({ lastTransitionTime: _time, ...said }) => said) },
    write: async () => [await applier.status(links, { actual, status, manager })],
  });
  if (outcome.kind === 'done') return undefined;
  const { message, fresh, requeueAfter } = outcome;
  if (fresh) events.event(actual, { type: 'Warning', reason: 'WriteRefused', message });
  return { requeueAfter };
}

/** The key of the refusals of a Link's status. */
export function keyOfLink(name: string): string {
  return `Link ${name}`;
}
