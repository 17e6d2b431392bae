import { before, suite, test } from 'node:test';
import { runSealed } from '../../../tools/clusters/sealed.js';
import type { Ends } from './stage.js';

const titles = {
  cut: 'what is unexported or unlinked loses its live sessions at once, and nothing else does',
  impostors: 'a rightful peer is served on, whoever claims to be it or us, also after a restart',
  targets: 'an ingress gateway dials ClusterIPs and nothing else, whatever objects ask for',
} as const;

/** The suite of who may call what, over one implementation; all stories are played with one pair of clusters. */
export function rightsHold(implementation: 'haproxy' | 'node'): void {
  suite(`who may call what, over ${implementation}`, () => {
    let ends: Ends;
    before(async () => {
      ends = await runSealed<Ends>(new URL('main.js', import.meta.url), implementation, () => {});
    });
    for (const [story, title] of Object.entries(titles)) {
      test(title, (t) => {
        const { told = [], failure = 'it was not played' } = { failure: '', ...ends[story] };
        for (const line of told) t.diagnostic(line);
        if (failure !== '') throw new Error(failure);
      });
    }
  });
}
