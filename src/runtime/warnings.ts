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
 * Writes each warning as an Event about its object, once for as long as the warning lasts. Returns the error that the
 * reconciler fails with, so that the log repeats it and the key is tried again; undefined when there is no warning.
 */
export function createWarningReporter(
  events: Pick<Recorder, 'event'>,
): (warnings: readonly Warning[]) => Error | undefined {
  let said: ReadonlySet<string> = new Set();
  return (warnings) => {
    for (const { about, reason, message } of warnings)
      if (!said.has(message)) events.event(about, { type: 'Warning', reason, message });
    said = new Set(warnings.map(({ message }) => message));
    return warnings.length === 0 ? undefined : new Error([...said].join('; '));
  };
}
