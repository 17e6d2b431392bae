import type { Cities } from '../order/cities.js';

/** What every story is played on. */
export interface Stage {
  readonly cities: Cities;
  /** Takes lines that a reader of the test's result wants to see. */
  readonly tell: (line: string) => void;
}

/** How the stories went, by their names; `failure` is absent when all was as it should be. */
export type Ends = Readonly<
  Record<string, { readonly told: readonly string[]; readonly failure?: string | undefined }>
>;
