import type { ClusterDriver } from '../driver/cluster.js';

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

/** Everything that tells why a story failed, of each cluster. */
export async function diagnose(clusters: readonly ClusterDriver[]): Promise<string> {
  return (await Promise.all(clusters.map(describe))).join('\n');
}

async function describe({ name, kubectl }: ClusterDriver): Promise<string> {
  const answers: string[] = [];
  for (const line of questions) {
    const answer = await kubectl(line).catch((error: unknown) => String(error));
    answers.push(`--- ${name}: kubectl ${line}\n${answer.trimEnd()}`);
  }
  return answers.join('\n');
}
