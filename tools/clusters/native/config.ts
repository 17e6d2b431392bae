import { images } from '../../images/testimages.js';

/** Addresses of one cluster. */
export interface Ranges {
  /** All of it is the one node's. */
  readonly pods: string;
  readonly services: string;
  /** The first address of the services: that of `kubernetes.default`. */
  readonly apiService: string;
  readonly dns: string;
}

/** The ranges of the n-th cluster: 10.10.0.0/24 and 10.110.0.0/16 for n = 0, then 10.11 and 10.111, and so on. */
export function rangesOf(n: number): Ranges {
  const services = `10.${110 + n}.0`;
  return {
    pods: `10.${10 + n}.0.0/24`,
    services: `${services}.0/16`,
    apiService: `${services}.1`,
    dns: `${services}.10`,
  };
}

/** containerd's, in the version that 1.6, 1.7 and 2.x all read. */
export function containerdConfig(cniDir: string): string {
  // restrict_oom_score_adj: not every root may lower it (CAP_SYS_RESOURCE), and then no pod would start.
  return `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${images.pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniDir}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** A routed link per pod. (A bridge would need br_netfilter for a pod to reach a Service on its own node.) */
export function cniConfig(pods: string): object {
  const ipam = { type: 'host-local', ranges: [[{ subnet: pods }]], routes: [{ dst: '0.0.0.0/0' }] };
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      { type: 'ptp', ipMasq: true, ipam },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** The kubelet's. `cgroup` is the node's own, below which all its pods are. */
export function kubeletConfig({ pki, cgroup, dns }: { pki: string; cgroup: string; dns: string }): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${pki}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: `${pki}/kubelet.crt`,
    tlsPrivateKeyFile: `${pki}/kubelet.key`,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    clusterDNS: [dns],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    failSwapOn: false,
    oomScoreAdj: 0,
    // The machine's disk is not ours to judge: never evict or collect because it is full.
    evictionHard: {
      'memory.available': '1Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
  };
}

/** kube-proxy's. */
export function proxyConfig({ kubeconfig, pods }: { kubeconfig: string; pods: string }): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig },
    mode: 'nftables',
    nftables: { minSyncPeriod: '0.1s' },
    detectLocalMode: 'ClusterCIDR',
    clusterCIDR: pods,
    nodePortAddresses: ['primary'],
    conntrack: { maxPerCore: 0, min: 0 }, // global, and read-only in a network namespace
    oomScoreAdj: 0,
  };
}
