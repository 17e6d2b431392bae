import { suite } from 'node:test';
import { testSealed } from '../../driver/stories.js';

const titles = {
  cut: 'what is unexported or unlinked loses its live sessions at once, and nothing else does',
  impostors: 'a rightful peer is served on, whoever claims to be it or us, also after a restart',
  targets: 'an ingress gateway dials ClusterIPs and pods, and nothing else, whatever objects ask for',
  pods: 'each host name of a headless Service leads to its own pod, and to nothing that only a slice names',
  statefulset:
    'the pods of a StatefulSet have their names here, from none to three to one, and while they restart',
  automatic: 'an automatic mirror of a headless Service has a mirror of each pod, and takes these with it',
} as const;

/** The suite of who may call what, over one implementation; all stories are played on the same clusters. */
export function rightsHold(implementation: 'haproxy' | 'node'): void {
  suite(`who may call what, over ${implementation}`, () => {
    testSealed(new URL('main.js', import.meta.url), titles, { argument: () => implementation });
  });
}
