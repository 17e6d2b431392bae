import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { App, Testing } from 'cdk8s';
import { EgressChart, IngressChart } from './gateway.js';
import { readInstall, type Environment } from './settings.js';

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly initContainers?: readonly object[];
  readonly volumes?: readonly object[];
  readonly containers: readonly { readonly args: readonly string[] }[];
}

interface Object {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Both charts' objects of a kind, the egress gateway's first. */
function objects(kind: string, env: Environment): Object[] {
  const install = readInstall(env, '1.2.3');
  const charts = [EgressChart, IngressChart].map((Chart) => new Chart(new App(), 'chart', install));
  return charts.flatMap((chart) => Testing.synth(chart) as Object[]).filter((object) => object.kind === kind);
}

function pods(env: Environment): PodSpec[] {
  return objects('Deployment', env).map(
    ({ spec }) => (spec as { template: { spec: PodSpec } }).template.spec,
  );
}

const argsOf = (pod: PodSpec | undefined) => pod?.containers[0]?.args.join(' ') ?? '';

suite('a pod of a gateway', () => {
  test('may take as long to end as its agent waits, and some time to stop', () => {
    for (const pod of pods({ LEAVE_TIMEOUT: '45s', DRAIN_TIMEOUT: '15m' })) {
      assert.match(argsOf(pod), /--leave-timeout 45s --drain-timeout 900s/);
      assert.equal(pod.terminationGracePeriodSeconds, 45 + 900 + 10);
    }
  });

  test('is the agent alone where the agent moves the bytes', () => {
    for (const pod of pods({ GATEWAY_IMPLEMENTATION: 'node' })) {
      assert.doesNotMatch(argsOf(pod), /haproxy/);
      assert.deepEqual([pod.containers.length, pod.initContainers, pod.volumes], [1, undefined, undefined]);
    }
  });

  test('is told how much it may carry, if somebody said so', () => {
    for (const pod of pods({ MAX_CONNECTIONS: '2000' })) assert.match(argsOf(pod), /--max-connections 2000 /);
    for (const pod of pods({})) assert.doesNotMatch(argsOf(pod), /max-connections/);
  });

  test('is told of proxies in front, if it is an ingress gateway and there are any', () => {
    const [egress, ingress] = pods({ PROXY_PROTOCOL_FROM: '10.0.0.0/8,192.0.2.0/24' });
    assert.match(argsOf(ingress), /--proxy-protocol-from 10\.0\.0\.0\/8,192\.0\.2\.0\/24/);
    for (const pod of [egress, ...pods({})]) assert.doesNotMatch(argsOf(pod), /proxy-protocol/);
  });
});

suite("the ingress gateway's Service", () => {
  const cases: Record<string, [env: Environment, spec: object]> = {
    'is a load balancer, unless something else is asked for': [{}, { type: 'LoadBalancer' }],
    'is what is asked for': [
      { INGRESS_SERVICE_TYPE: 'NodePort', INGRESS_TRAFFIC_POLICY: 'Local' },
      { type: 'NodePort', externalTrafficPolicy: 'Local' },
    ],
    'bounds who may come': [
      { INGRESS_SOURCE_RANGES: '192.0.2.0/24' },
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] },
    ],
    'has addresses of its own': [
      { INGRESS_SERVICE_TYPE: 'ClusterIP', INGRESS_EXTERNAL_IPS: '192.0.2.1' },
      { type: 'ClusterIP', externalIPs: ['192.0.2.1'] },
    ],
  };
  for (const [sentence, [env, expected]] of Object.entries(cases)) {
    test(sentence, () => {
      const [service] = objects('Service', env);
      const { ports: _ports, selector: _selector, ...spec } = service?.spec ?? {};
      assert.deepEqual(spec, expected);
    });
  }

  test('carries annotations', () => {
    const [service] = objects('Service', { INGRESS_ANNOTATIONS: '{"example.com/internal": "true"}' });
    const { annotations } = service?.metadata as { annotations: object };
    assert.deepEqual(annotations, { 'example.com/internal': 'true' });
  });
});
