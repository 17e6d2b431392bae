import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { App, Testing } from 'cdk8s';
import { EgressChart, IngressChart } from './gateway.js';
import { OperatorChart } from './operator.js';
import { readInstall, type Environment } from './settings.js';

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken?: boolean;
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly { readonly name: string; readonly projected?: object }[];
  readonly containers: readonly Container[];
}

interface Object {
  readonly kind: string;
  readonly metadata: object;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Charts' objects of a kind, the egress gateway's first. */
function objects(kind: string, env: Environment, kinds = [EgressChart, IngressChart]): Object[] {
  const install = readInstall(env, '1.2.3');
  const charts = kinds.map((Chart) => new Chart(new App(), 'chart', install));
  return charts.flatMap((chart) => Testing.synth(chart) as Object[]).filter((object) => object.kind === kind);
}

function pods(env: Environment, kinds?: (typeof EgressChart)[]): PodSpec[] {
  return objects('Deployment', env, kinds).map(
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
      assert.deepEqual([pod.containers.length, pod.initContainers, pod.volumes?.length], [1, undefined, 1]);
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

suite('every pod of ours', () => {
  const all = [OperatorChart, EgressChart, IngressChart];

  test('gives the token of the API server to the container that calls it, and to no other', () => {
    for (const pod of pods({}, all)) {
      assert.equal(pod.automountServiceAccountToken, false);
      const projected = pod.volumes
        ?.filter((volume) => volume.projected !== undefined)
        .map(({ name }) => name);
      assert.deepEqual(projected, ['account']);
      const holders = [...(pod.initContainers ?? []), ...pod.containers].filter(({ volumeMounts = [] }) =>
        volumeMounts.some(({ name }) => name === 'account'),
      );
      assert.deepEqual(holders, pod.containers);
      assert.equal(holders.length, 1);
    }
  });

  test('may call the API server by its port, wherever a network plugin sees it, and no metadata service', () => {
    for (const { spec } of objects('NetworkPolicy', { API_SERVER_PORTS: '8443' }, all)) {
      const rules = spec['egress'] as {
        to?: { ipBlock?: { except: string[] } }[];
        ports?: { port: number }[];
      }[];
      const open = rules.filter(({ to }) => to === undefined).flatMap(({ ports = [] }) => ports);
      assert.deepEqual(
        open.map(({ port }) => port),
        [53, 53, 8443],
      );
      const exceptions = rules.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock?.except ?? []));
      for (const metadata of [
        '169.254.0.0/16',
        '168.63.129.16/32',
        '100.100.100.200/32',
        'fd00:ec2::254/128',
      ])
        assert.ok(exceptions.includes(metadata), metadata);
    }
  });
});

test('the egress gateway lets in the namespaces that may call mirrors: all, unless labels say which', () => {
  const cases: [env: Environment, selector: object][] = [
    [{}, {}],
    [{ MIRROR_NAMESPACES: 'mirrors=allowed' }, { matchLabels: { mirrors: 'allowed' } }],
  ];
  for (const [env, namespaceSelector] of cases) {
    const [policy] = objects('NetworkPolicy', env, [EgressChart]);
    const [rule] = policy?.spec['ingress'] as object[];
    assert.deepEqual(rule, {
      from: [{ namespaceSelector }],
      ports: [{ protocol: 'TCP', port: 10_000, endPort: 29_999 }],
    });
  }
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
