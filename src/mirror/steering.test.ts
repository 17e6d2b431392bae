import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { steers } from './steering.js';

describe('steers()', () => {
  const acted: Record<string, readonly string[]> = {
    'kube-proxy': ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/topology-mode'],
    ApplySet: ['applyset.kubernetes.io/part-of'],
    'the inventory of cli-utils': ['config.k8s.io/owning-inventory', 'cli-utils.sigs.k8s.io/inventory-id'],
    'the multi-cluster API': [
      'multicluster.kubernetes.io/service-name',
      'multicluster.x-k8s.io/source-cluster',
    ],
    'who installed an application': ['app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'],
    'Argo CD': [
      'argocd.argoproj.io/instance',
      'argocd.argoproj.io/tracking-id',
      'argocd.argoproj.io/sync-wave',
    ],
    Flux: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/namespace'],
    Helm: ['helm.sh/chart', 'meta.helm.sh/release-name', 'helm.sh/resource-policy'],
    kapp: ['kapp.k14s.io/app', 'kapp.k14s.io/association'],
    'Rancher and Fleet': [
      'objectset.rio.cattle.io/hash',
      'field.cattle.io/publicEndpoints',
      'fleet.cattle.io/x',
    ],
    OLM: ['operators.coreos.com/etcd.default', 'olm.owner', 'olm.operatorframework.io/owner-name'],
    'external-dns': ['external-dns.alpha.kubernetes.io/hostname'],
    AWS: ['service.beta.kubernetes.io/aws-load-balancer-type', 'elbv2.k8s.aws/cluster'],
    Azure: ['service.beta.kubernetes.io/azure-load-balancer-internal'],
    'Google Cloud': ['cloud.google.com/neg', 'networking.gke.io/load-balancer-type'],
    'Oracle Cloud': ['oci.oraclecloud.com/load-balancer-type'],
    MetalLB: ['metallb.universe.tf/address-pool', 'metallb.io/loadBalancerIPs'],
    Cilium: ['service.cilium.io/global', 'io.cilium/global-service', 'io.cilium/lb-ipam-ips'],
    Istio: ['networking.istio.io/exportTo', 'topology.istio.io/network'],
    Consul: ['consul.hashicorp.com/service-sync'],
    Ambassador: ['getambassador.io/config'],
    Prometheus: ['prometheus.io/scrape', 'prometheus.io/port'],
    Datadog: ['ad.datadoghq.com/service.checks'],
    Tailscale: ['tailscale.com/expose'],
    Strimzi: ['strimzi.io/cluster'],
    'a controller, whatever the case of its key': ['Prometheus.IO/scrape'],
  };
  for (const [who, keys] of Object.entries(acted)) {
    it(`knows the keys of ${who}`, () => {
      assert.deepEqual(keys.filter(steers), keys);
    });
  }

  it('passes what describes an object, and domains that only end alike', () => {
    const described = [
      ...['name', 'component', 'part-of', 'version'].map((key) => `app.kubernetes.io/${key}`),
      ...['app', 'team', 'tier', 'example.com/team', 'kubernetes.io', 'app.kubernetes.io.example.com/name'],
      ...[
        'mykubernetes.io/x',
        'notistio.io/x',
        'config.linkerd.io/opaque-ports',
        'constructor/x',
        'a.toString/x',
      ],
    ];
    assert.deepEqual(described.filter(steers), []);
  });
});
