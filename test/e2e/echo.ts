import { CommandFailed } from '../../tools/clusters/exec.js';
import { images } from '../../tools/images/testimages.js';
import type { KubeObject, Pod, Service } from '../../src/api/objects.js';
import type { ClusterDriver } from '../driver/cluster.js';
import { aService, exported as isExported, port, serviceSpec } from '../gen/gen.js';

/** Ports of the echo server: HTTP answers with the host name; on `tcp` the server speaks first. */
export const echoPorts = { http: 8080, tcp: 9000 } as const;

/** A pod of the tests' own image; it dies at once when deleted. */
export function echoPod(name: string, command: readonly string[]): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: podSpec(name, command),
  } as Pod;
}

/** A Deployment of echo servers labelled `app: APP`. */
export function echoServers(name: string, replicas: number, app = name): KubeObject {
  const labels = { app };
  const { containers, ...spec } = podSpec(name, ['echo-test', 'serve']);
  const readinessProbe = { tcpSocket: { port: echoPorts.tcp }, periodSeconds: 1 };
  const template = {
    metadata: { labels },
    spec: { ...spec, containers: containers.map((container) => ({ ...container, readinessProbe })) },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { replicas, selector: { matchLabels: labels }, template },
  } as KubeObject;
}

/** A Service of the echo servers labelled `app: APP`, on HTTP's port 80 and on the port where the server speaks first. */
export function echoService(name: string, { app = name, exported = false } = {}): Service {
  return aService(
    name,
    port(80, { name: 'http', targetPort: echoPorts.http }),
    port(echoPorts.tcp, { name: 'tcp' }),
    serviceSpec({ selector: { app } }),
    ...(exported ? [isExported] : []),
  );
}

function podSpec(name: string, command: readonly string[]) {
  return {
    terminationGracePeriodSeconds: 0,
    containers: [{ name, image: images.tools, command, imagePullPolicy: 'Never' }],
  };
}

/** What `echo-test dial` says of its connections. */
export interface DialReport {
  readonly ok: boolean;
  readonly connections: number;
  /** Host names of the servers that answered. */
  readonly hosts: readonly string[];
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** One request of `echo-test loop`; `time` is RFC 3339, when it began. */
export interface Attempt {
  readonly ok: boolean;
  readonly time: string;
  readonly millis: number;
  readonly status: number;
  readonly body: string;
  readonly error?: string;
}

/** Talks the echo protocol from a pod and returns the report, also of a failure. */
export async function dial(cluster: ClusterDriver, pod: string, words: string): Promise<DialReport> {
  try {
    return JSON.parse(await cluster.kubectl(`exec ${pod} -- echo-test dial ${words}`)) as DialReport;
  } catch (error) {
    if (error instanceof CommandFailed && error.stdout.startsWith('{'))
      return JSON.parse(error.stdout) as DialReport;
    throw error;
  }
}

/** What a pod that loops has met since then. */
export async function attemptsSince(cluster: ClusterDriver, pod: string, since: Date): Promise<Attempt[]> {
  const from = since.toISOString();
  const log = await cluster.kubectl(`logs ${pod} --since-time=${from}`);
  return log
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Attempt)
    .filter(({ time }) => time >= from);
}
