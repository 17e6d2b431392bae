import { maxVersion } from '../../api/linkstatus.js';
import type { Clock } from '../../runtime/clock.js';
import { startDeadline } from '../../runtime/deadline.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { RemoteProblem } from './contact.js';

/** Asks one API server for its version every five seconds: an answer shows that there is contact. */
export interface Ping {
  /** The reason for no answer, and since when; undefined: it answers, or was not asked yet. */
  readonly problem: RemoteProblem | undefined;
  /** Its last answer. */
  readonly version: string | undefined;
  /** Asks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** Time (ms) from one answer to the next question. */
const pause = 5_000;

/** Longest time for an answer (ms). */
const patience = 4_000;

/**
 * Makes a ping; it asks only after `run`.
 *
 * @param o.onAnswer called after each answer and each failure; `turned`: contact was lost or won by it
 */
export function createPing(
  kube: Pick<KubeClient, 'raw'>,
  o: { clock: Clock; onAnswer: (turned: boolean) => void },
): Ping {
  const { clock, onAnswer } = o;
  let problem: RemoteProblem | undefined;
  let version: string | undefined;

  async function ask(signal: AbortSignal): Promise<void> {
    const before = problem;
    const deadline = startDeadline(clock, patience, signal);
    try {
      const answer = (await kube.raw('/version', deadline.signal)) as { gitVersion?: unknown } | null;
      const said = answer?.gitVersion;
      version = typeof said === 'string' ? said.slice(0, maxVersion).toWellFormed() : undefined;
      problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      problem = { error, since: before?.since ?? clock.monotonic() };
    } finally {
      deadline.done();
    }
    onAnswer((before === undefined) !== (problem === undefined));
  }

  return {
    get problem() {
      return problem;
    },
    get version() {
      return version;
    },
    async run(signal) {
      while (!signal.aborted) {
        await ask(signal);
        await clock.sleep(pause, signal);
      }
    },
  };
}
