import { images } from '../../images/testimages.js';

/** What a cluster needs beside its programs: CoreDNS at `address`, and rights for kube-proxy; by API path. */
export function addons(address: string): readonly { path: string; object: object }[] {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const system = '/api/v1/namespaces/kube-system';
  const metadata = { name: 'coredns', namespace: 'kube-system' };
  const proxy = { kind: 'User', name: 'system:kube-proxy', apiGroup: 'rbac.authorization.k8s.io' };
  return [
    { path: `${rbac}/clusterrolebindings`, object: binding('kube-proxy', 'system:node-proxier', proxy) },
    { path: `${system}/serviceaccounts`, object: { metadata } },
    { path: `${rbac}/clusterroles`, object: { metadata: { name: 'coredns' }, rules: corednsRules } },
    {
      path: `${rbac}/clusterrolebindings`,
      object: binding('coredns', 'coredns', { kind: 'ServiceAccount', ...metadata }),
    },
    { path: `${system}/configmaps`, object: { metadata, data: { Corefile: corefile } } },
    { path: `${system}/services`, object: dnsService(address) },
    {
      path: '/apis/apps/v1/namespaces/kube-system/deployments',
      object: { metadata, spec: corednsDeployment() },
    },
  ];
}

const corednsRules = [
  { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
];

// Answers are cached as long as kube-dns' own are, which is what a client in a real cluster sees.
const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
}
`;

function binding(name: string, role: string, subject: object): object {
  return {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

function dnsService(clusterIP: string): object {
  const ports = ['UDP', 'TCP'].map((protocol) => ({
    name: `dns-${protocol.toLowerCase()}`,
    port: 53,
    protocol,
  }));
  return {
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: { clusterIP, selector: { 'k8s-app': 'kube-dns' }, ports },
  };
}

function corednsDeployment(): object {
  const labels = { 'k8s-app': 'kube-dns' };
  return {
    replicas: 1,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: 'coredns',
        priorityClassName: 'system-cluster-critical',
        dnsPolicy: 'Default',
        containers: [
          {
            name: 'coredns',
            image: images.coredns,
            imagePullPolicy: 'Never',
            args: ['-conf', '/etc/coredns/Corefile'],
            readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
            livenessProbe: { httpGet: { path: '/health', port: 8080 }, initialDelaySeconds: 30 },
            volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
          },
        ],
        volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
      },
    },
  };
}
