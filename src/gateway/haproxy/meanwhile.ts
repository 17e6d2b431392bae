import type { Callee } from './render/egress.js';

/** Backends while a reload has to wait, and which of them lead where they should. */
export interface Meanwhile {
  readonly callees: readonly Callee[];
  /** Those of `callees` that are wanted. */
  readonly called: readonly Callee[];
  /** Nothing that is wanted has to wait: a backend that is not needed any more is no reason to reload. */
  readonly whole: boolean;
}

/**
 * What of the wanted peers can be called without a reload: those that have a backend, at as many endpoints as it has
 * servers, those that answer first. The backends of others stay, and no route leads to them.
 *
 * @param kept as they are in the configuration that runs
 */
export function meanwhileOf(kept: readonly Callee[], wanted: readonly Callee[]): Meanwhile {
  const byLink = new Map(wanted.map((callee) => [callee.link, callee]));
  const called: Callee[] = [];
  const callees = kept.map((before) => {
    const now = byLink.get(before.link);
    if (now?.cluster !== before.cluster) return before;
    const endpoints = now.endpoints.toSorted((a, b) => Number(b.good) - Number(a.good));
    const callee = { ...now, slots: before.slots, endpoints: endpoints.slice(0, before.slots) };
    called.push(callee);
    return callee;
  });
  const whole =
    called.length === wanted.length && called.every((now) => now.slots === byLink.get(now.link)?.slots);
  return { callees, called, whole };
}
