/** How much is sent through a pair of gateways, both ways at once. */
export interface Plan {
  readonly rounds: number;
  /** Connections of a round. */
  readonly atOnce: number;
  /** Of each direction of each connection. */
  readonly bytes: number;
}

/** What came of it. */
export interface Tally {
  readonly directions: number;
  /** Directions in which less came than was sent. */
  readonly short: number;
}
