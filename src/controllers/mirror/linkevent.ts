import type { Turn } from './turns.js';
import type { Happening } from '../../runtime/events.js';

/** Mirrors that an Event on a Link names; it counts the others. */
const named = 3;

/** The event of one turn, with the reason of the condition. */
export function happeningOf({ after: { status, reason, message } }: Turn): Happening {
  return { type: status === 'True' ? 'Normal' : 'Warning', reason, message };
}

/**
 * The event on a Link about mirrors of it that have turned with the same reason: how many there are, the first ones by
 * name, and why.
 *
 * @param turns at least one
 * @param goesOn whether an earlier Event on the Link has told of others
 */
export function manyTurned(turns: readonly [Turn, ...Turn[]], goesOn: boolean): Happening {
  const [{ after }] = turns;
  const isReady = after.status === 'True';
  const one = turns.length === 1;
  const what = `${goesOn ? 'more ' : ''}${one ? 'mirror' : 'mirrors'}`;
  const isMoved = after.reason === 'BackendsChanged';
  const verb = isMoved
    ? `${one ? 'goes' : 'go'} to other clusters`
    : isReady
      ? 'became ready'
      : one
        ? 'is not ready'
        : 'are not ready';
  const why = turns.every((turn) => turn.after.message === after.message)
    ? after.message
    : `for example, ${after.message}`;
  return {
    ...happeningOf(turns[0]),
    message: `${numeral(turns.length)} ${what} ${verb} (${namesOf(turns)})${isReady && !isMoved ? '' : `: ${why}`}`,
    apart: true,
  };
}

function namesOf(turns: readonly Turn[]): string {
  const names = turns
    .slice(0, named)
    .map(({ mirror: { metadata } }) => `${metadata.namespace}/${metadata.name}`);
  const left = turns.length - names.length;
  return `${names.join(', ')}${left === 0 ? '' : ` and ${numeral(left)} more`}`;
}

function numeral(count: number): string {
  return count.toLocaleString('en-US');
}
