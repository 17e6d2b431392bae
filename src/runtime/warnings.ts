import type { KubeObject } from '../api/objects.js';
import type { Recorder } from './events.js';

/** What is wrong with an object that we need, and what mends it. */
export interface Warning {
  readonly about: Readonly<KubeObject>;
  /** One word, for the Event. */
  readonly reason: string;
  /** Names the object, too: the log has nothing else to go by. */
  readonly message: string;
}

/**
 * Says what there is to complain of, each once for as long as it lasts, in an Event about the object. Gives back the
 * error to fail with, so that the log repeats it and it is looked at again; undefined: nothing to complain of.
 */
export function createWarningReporter(
  events: Pick<Recorder, 'event'>,
): (complaints: readonly Warning[]) => Error | undefined {
  let said: ReadonlySet<string> = new Set();
  return (complaints) => {
    for (const { about, reason, message } of complaints)
      if (!said.has(message)) events.event(about, { type: 'Warning', reason, message });
    said = new Set(complaints.map(({ message }) => message));
    return complaints.length === 0 ? undefined : new Error([...said].join('; '));
  };
}
