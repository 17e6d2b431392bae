import type { E2eClusters } from './stage.js';
import type { E2eCluster } from '../driver/real.js';

const questions = [
  'get links.linkerd.io,servicemirrors -A -o wide',
  'get services,endpointslices,pods -A -o wide',
  'describe links.linkerd.io',
  'describe servicemirrors -A',
  'describe pods -n service-mirror',
  'get events -A --sort-by=.lastTimestamp',
  ...['operator', 'egress', 'ingress'].map(
    (component) =>
      `logs -n service-mirror --prefix --tail=40 --all-containers -l app.kubernetes.io/component=${component}`,
  ),
];

/** Everything that tells why a story failed, of both clusters. */
export async function diagnose({ london, paris }: Pick<E2eClusters, 'london' | 'paris'>): Promise<string> {
  const parts = await Promise.all([london, paris].map(diagnoseSite));
  return parts.join('\n');
}

async function diagnoseSite(site: E2eCluster): Promise<string> {
  const answers: string[] = [];
  for (const words of questions) {
    const answer = await site.kubectl(words).catch((error: unknown) => String(error));
    answers.push(`--- ${site.cluster.name}: kubectl ${words}\n${answer.trimEnd()}`);
  }
  return answers.join('\n');
}
