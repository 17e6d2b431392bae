import type { KubeObject } from '../api/objects.js';
import type { Recorder } from './events.js';

/** A problem of an object that we need, and its fix. */
export interface Warning {
  readonly about: Readonly<KubeObject>;
  /** One word, for the Event. */
  readonly reason: string;
  /** Also names the object, since the log has nothing else that does. */
  readonly message: string;
}

/**
 * Writes each warning as an Event about its object, once for as long as the warning lasts. Returns the error for the
 * reconciler, so that the log repeats the warning and the key is tried again; undefined when there is no warning.
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
