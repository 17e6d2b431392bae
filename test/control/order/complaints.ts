import type { Dialled, Finding } from './ledger.js';

/** Lines told of one kind; more of the same tell nothing new. */
const most = 20;

/** One line for each dial that did not reach its service. */
export function warningsOf(dials: readonly Dialled[], judge: (dial: Dialled) => Finding): string[] {
  const counts = new Map<Finding, number>();
  return dials.flatMap((dial) => {
    const verdict = judge(dial);
    if (verdict === 'right' || verdict === 'unresolved') return [];
    const count = (counts.get(verdict) ?? 0) + 1;
    counts.set(verdict, count);
    return count > most ? [] : [`${verdict}: ${describe(dial)}`];
  });
}

function describe({ name, phase, place, end }: Dialled): string {
  const said = end?.kind === 'answered' ? `answered ${end.uid}` : (end?.why ?? 'nothing');
  const where = place === undefined ? 'nowhere' : `${place.address}:${place.port}`;
  return `${name} at ${where}: ${said}, ${phase}`;
}
