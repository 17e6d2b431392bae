/** When a gateway counts as down, and as back: so many answers of a kind in a row. */
export interface Thresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** What the probes so far say; `streak` counts results in a row that contradict `healthy`. */
export interface Health {
  readonly healthy: boolean;
  readonly streak: number;
}

/** Before the first probe nothing is known to answer. */
export const unknownHealth: Health = { healthy: false, streak: 0 };

/** Health after one more probe: it turns when enough results in a row say otherwise. */
export function next(health: Health, succeeded: boolean, thresholds: Thresholds): Health {
  if (succeeded === health.healthy) return { healthy: health.healthy, streak: 0 };
  const streak = health.streak + 1;
  const enough = succeeded ? thresholds.successThreshold : thresholds.failureThreshold;
  return streak >= enough ? { healthy: succeeded, streak: 0 } : { healthy: health.healthy, streak };
}
