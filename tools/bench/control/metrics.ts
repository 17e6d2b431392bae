/** Sums all series of a name whose labels are among those wanted, in Prometheus' text format. 0 if there are none. */
export function sumOf(
  text: string,
  name: string,
  wanted: Readonly<Record<string, string | readonly string[]>> = {},
): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  const matching = lines.filter((line) => {
    const labels = labelsOf(line);
    return Object.entries(wanted).every(([label, values]) =>
      [values].flat().includes(labels.get(label) ?? ''),
    );
  });
  return matching.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

function labelsOf(line: string): ReadonlyMap<string, string> {
  return new Map([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

/** Reconciles of mirrors so far, in the text of the operator's metrics. */
export function mirrorReconciles(text: string): number {
  return sumOf(text, 'controller_runtime_reconcile_total', {
    controller: ['services', 'endpoints', 'status'],
  });
}
