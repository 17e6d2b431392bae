/**
 * Domains of keys by which a tool or a controller of a cluster claims, controls or bills an object, with the names of
 * the tools. A domain stands for itself and for all below it. Such keys travel only with `imports.metadata: All`.
 */
const domains: Readonly<Record<string, string>> = {
  // Kubernetes and its projects: ApplySet (KEP-3659: the same ID in both clusters), cli-utils' inventory, kustomize,
  // external-dns, ingress and cloud controllers, MCS (KEP-1645), Cluster API, node and topology keys
  'kubernetes.io': 'Kubernetes',
  'k8s.io': 'Kubernetes',
  'x-k8s.io': 'Kubernetes SIGs',

  // deployment tools, which prune or adopt objects with their keys
  'argoproj.io': 'Argo CD, Argo Rollouts',
  'fluxcd.io': 'Flux',
  'weave.works': 'Flux 1, Weave GitOps',
  'helm.sh': 'Helm',
  'k14s.io': 'kapp',
  'carvel.dev': 'kapp-controller',
  'cattle.io': 'Rancher, Fleet, Helm controller of k3s',
  'coreos.com': 'OLM, Prometheus operator',
  'operatorframework.io': 'OLM',
  'openshift.io': 'OpenShift (makes certificates for annotated Services)',
  'open-cluster-management.io': 'Open Cluster Management',
  'karmada.io': 'Karmada',
  'multicluster.linkerd.io': 'Linkerd',
  'admiralty.io': 'Admiralty',
  'liqo.io': 'Liqo',
  'clusternet.io': 'Clusternet',
  'kubefed.io': 'KubeFed',
  'crossplane.io': 'Crossplane',
  'pulumi.com': 'Pulumi',
  'tanka.dev': 'Grafana Tanka',
  'ksonnet.io': 'kubecfg',
  'kubecfg.dev': 'kubecfg',
  'werf.io': 'werf',
  'shopify.io': 'krane',
  'skaffold.dev': 'Skaffold',
  'spinnaker.io': 'Spinnaker',
  'gitlab.com': 'GitLab',
  'cdk8s.io': 'cdk8s',
  'keel.sh': 'Keel',
  'stakater.com': 'Reloader, Forecastle',
  'appscode.com': 'Config Syncer, KubeDB, Stash',
  'mittwald.de': 'kubernetes-replicator',
  'kyverno.io': 'Kyverno',
  'gatekeeper.sh': 'Gatekeeper',
  'velero.io': 'Velero',

  // names, certificates and addresses outside of the cluster
  'external-dns.io': 'external-dns',
  'cert-manager.io': 'cert-manager',
  'tailscale.com': 'Tailscale operator (publishes annotated Services)',
  'ngrok.com': 'ngrok operator',
  'inlets.dev': 'inlets operator',
  'skupper.io': 'Skupper (publishes annotated Services)',

  // load balancers
  'amazonaws.com': 'AWS',
  'k8s.aws': 'AWS load balancer controller',
  'azure.com': 'Azure',
  'microsoft.com': 'Azure',
  'google.com': 'Google Cloud',
  'gke.io': 'GKE, Config Sync',
  'googleapis.com': 'Google Cloud',
  'oraclecloud.com': 'Oracle Cloud',
  'aliyun.com': 'Alibaba Cloud',
  'alibabacloud.com': 'Alibaba Cloud',
  'tencent.com': 'Tencent Cloud',
  'digitalocean.com': 'DigitalOcean',
  'hetzner.cloud': 'Hetzner',
  'openstack.org': 'OpenStack',
  'scaleway.com': 'Scaleway',
  'civo.com': 'Civo',
  'equinix.com': 'Equinix Metal',
  'yandex.cloud': 'Yandex Cloud',
  'vmware.com': 'Avi',
  'metallb.io': 'MetalLB',
  'universe.tf': 'MetalLB',
  'kube-vip.io': 'kube-vip',
  'kubesphere.io': 'OpenELB, KubeSphere',
  'purelb.io': 'PureLB',
  'loxilb.io': 'LoxiLB',
  'f5.com': 'F5 CIS',
  ncp: 'NSX',

  // ingress, API gateways and meshes
  'cilium.io': 'Cilium (service.cilium.io/global joins Services of all clusters)',
  'io.cilium': 'Cilium, older keys',
  'projectcalico.org': 'Calico',
  'submariner.io': 'Submariner',
  'istio.io': 'Istio',
  'consul.hashicorp.com': 'Consul',
  'kuma.io': 'Kuma',
  'openservicemesh.io': 'Open Service Mesh',
  'getambassador.io': 'Ambassador, Emissary',
  'a8r.io': 'Ambassador',
  'solo.io': 'Gloo',
  'konghq.com': 'Kong',
  'traefik.io': 'Traefik',
  'containo.us': 'Traefik 1',
  'projectcontour.io': 'Contour',
  'nginx.org': 'NGINX',
  'nginx.com': 'NGINX',
  'haproxy.org': 'HAProxy',
  'haproxy.com': 'HAProxy',
  'haproxy-ingress.github.io': 'HAProxy Ingress',
  'apisix.apache.org': 'APISIX',
  'knative.dev': 'Knative',
  'flagger.app': 'Flagger',
  'keda.sh': 'KEDA',

  // tools that scrape, watch and count; many of them charge for each object
  'prometheus.io': 'Prometheus',
  'grafana.com': 'Grafana',
  'datadoghq.com': 'Datadog',
  'newrelic.io': 'New Relic',
  'newrelic.com': 'New Relic',
  'dynatrace.com': 'Dynatrace',
  'signalfx.com': 'Splunk',
  'sumologic.com': 'Sumo Logic',
  'co.elastic.logs': 'Elastic',
  'co.elastic.metrics': 'Elastic',
  'co.elastic.monitor': 'Elastic',
  'gethomepage.dev': 'Homepage',

  // operators that select the Services of their applications by label, and delete surplus ones
  'strimzi.io': 'Strimzi',
  'elastic.co': 'Elastic operator',
  'cnpg.io': 'CloudNativePG',
  'crunchydata.com': 'Crunchy Postgres',
  'rabbitmq.com': 'RabbitMQ operator',
  'mongodb.com': 'MongoDB operator',
  'percona.com': 'Percona operators',
  'min.io': 'MinIO operator',
  'planetscale.com': 'Vitess operator',
};

/** Keys without a domain. */
const bareKeys = new Set(['olm.owner', 'olm.owner.namespace', 'olm.owner.kind', 'olm.managed']);

/** Keys of these domains that only describe. */
const descriptive = new Set(
  ['name', 'component', 'part-of', 'version'].map((key) => `app.kubernetes.io/${key}`),
);

/** Whether a tool or a controller of a cluster acts on objects with that key. Annotations may have any case. */
export function steers(key: string): boolean {
  const folded = key.toLowerCase();
  if (descriptive.has(key)) return false;
  const [domain = '', name] = folded.split('/');
  if (name === undefined) return bareKeys.has(folded);
  const labels = domain.split('.');
  return labels.some((_label, at) => Object.hasOwn(domains, labels.slice(at).join('.')));
}
