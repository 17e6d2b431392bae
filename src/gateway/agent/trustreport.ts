import { isDeepStrictEqual } from 'node:util';
import { ownNames } from '../../api/names.js';
import { configMaps } from '../../api/resources.js';
import type { Clock } from '../../runtime/clock.js';
import { isNotFound } from '../../runtime/errors.js';
import type { KubeClient } from '../../runtime/kube.js';
import type { Log } from '../../runtime/log.js';
import { encodeHeard, type Heard } from '../../protocol/trustreport.js';

/** Writes trust reports for the operator, for as long as it needs them. */
export interface TrustReporter {
  /** Whether a CA is being rotated: only then reports are written. */
  wanted(rotating: boolean): void;
  stop(): void;
}

/** The dependencies. */
export interface TrustReporterOptions {
  readonly kube: KubeClient;
  /** The operator's namespace. */
  readonly namespace: string;
  /** Names this gateway among all ingress gateways of the cluster. */
  readonly instance: string;
  readonly heard: () => Heard;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds between two checks, and after which an entry is written again as a sign of life. */
const lookEvery = 5_000;
const beatEvery = 60_000;

/** Writes one entry of ConfigMap `service-mirror-callers` when it changes; the operator makes and clears that object. */
export function createTrustReporter({
  kube,
  namespace,
  instance,
  heard,
  clock,
  log,
}: TrustReporterOptions): TrustReporter {
  let running: AbortController | undefined;
  let beat = 0;

  async function run(signal: AbortSignal): Promise<void> {
    let told: { readonly heard: Heard; readonly at: number } | undefined;
    while (!signal.aborted) {
      const now = heard();
      const changed = !isDeepStrictEqual(now, told?.heard ?? new Map());
      const old = told !== undefined && clock.monotonic() - told.at >= beatEvery;
      if ((changed || old) && (await tell(now, signal))) told = { heard: now, at: clock.monotonic() };
      await clock.sleep(lookEvery, signal);
    }
  }

  async function tell(now: Heard, signal: AbortSignal): Promise<boolean> {
    try {
      const data = { [instance]: encodeHeard(now, ++beat) };
      await kube.mergePatch(configMaps, `${namespace}/${ownNames.callers}`, { data }, {}, signal);
      return true;
    } catch (error) {
      // the operator may not have made it yet; the next try is soon
      const level = isNotFound(error) ? 'debug' : 'warn';
      if (!signal.aborted) log[level]('what callers say could not be told', { error });
      return false;
    }
  }

  return {
    wanted(rotating) {
      if (rotating === (running !== undefined)) return;
      running?.abort();
      running = rotating ? new AbortController() : undefined;
      if (running !== undefined) void run(running.signal);
    },
    stop() {
      running?.abort();
      running = undefined;
    },
  };
}
