import type { Destination } from '../../protocol/applied.js';
import { differing } from '../../runtime/immutable.js';
import { type Allowed, destinationsOf, isAstray } from '../ports.js';

/** The links to which sessions of a port must not lead; `all`: every session of it is over. */
export type Barred = 'all' | ReadonlySet<string>;

/** For each port the links to which its connections may lead no longer. */
export function barredBy(before: Allowed, now: Allowed): ReadonlyMap<number, Barred> {
  const barred = new Map<number, Barred>();
  const ended = now.ended ?? new Map<number, readonly Destination[]>();
  const changed = differing(before.routes, now.routes);
  if (before.ended !== now.ended) changed.push(...ended.keys());
  for (const port of new Set(changed)) {
    const route = before.routes.get(port);
    const was = route === undefined ? (before.ended?.get(port) ?? []) : destinationsOf(route);
    const gone = was.filter((destination) => isAstray({ ...destination, port }, now));
    if (gone.length > 0) barred.set(port, gone.length === was.length ? 'all' : linksOf(gone));
  }
  return barred;
}

/** The links of destinations. */
export function linksOf(destinations: readonly Destination[]): ReadonlySet<string> {
  return new Set(destinations.map(({ link }) => link));
}

/** Adds to what is barred for ports. */
export function bar(ports: Map<number, Barred>, more: ReadonlyMap<number, Barred>): void {
  for (const [port, barred] of more) {
    const known = ports.get(port) ?? new Set();
    ports.set(port, known === 'all' || barred === 'all' ? 'all' : new Set([...known, ...barred]));
  }
}

/** Whether sessions of a port that lead to that link are over; one that leads nowhere yet may be about to. */
export function isBarred(barred: Barred | undefined, link: string | undefined): boolean {
  return barred === 'all' || (barred !== undefined && (link === undefined || barred.has(link)));
}
