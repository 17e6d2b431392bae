/** Thresholds: how many equal results in a row make a gateway count as down, or as up again. */
export interface Thresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** The health after the probes so far; `streak` counts results in a row that contradict `healthy`. */
export interface Health {
  readonly healthy: boolean;
  readonly streak: number;
}

/** Before the first probe the gateway counts as not answering. */
export const unknownHealth: Health = { healthy: false, streak: 0 };

/** Health after one more probe: it changes when enough results in a row contradict it. */
export function next(health: Health, succeeded: boolean, thresholds: Thresholds): Health {
  if (succeeded === health.healthy) return { healthy: health.healthy, streak: 0 };
  const streak = health.streak + 1;
  const enough = succeeded ? thresholds.successThreshold : thresholds.failureThreshold;
  return streak >= enough ? { healthy: succeeded, streak: 0 } : { healthy: health.healthy, streak };
}
