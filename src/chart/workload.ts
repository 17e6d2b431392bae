import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { podLabels } from '../api/names.js';
import { alone, type Beside } from './haproxy.js';
import { healthPort, labelsOf, nameOf, type Component, type Install } from './install.js';
import { account, locked } from './pod.js';

/** The differences between our Deployments. */
export interface Workload {
  readonly component: Component;
  /** Arguments of the image's entrypoint. */
  readonly args: readonly string[];
  readonly ports: readonly k8s.ContainerPort[];
  /** @default 2 */
  readonly replicas?: number;
  readonly resources: k8s.ResourceRequirements;
  /** How long a pod may take to end: it finishes its running work first. */
  readonly graceSeconds: number;
  /** How long a new pod must be ready before an old one goes: it takes a while until all others know it. */
  readonly settleSeconds?: number;
  /** The parts of its pods in addition to the container of that name. @default nothing */
  readonly beside?: Beside;
}

/** The pods of one component on different nodes, with their ServiceAccount and PodDisruptionBudget. */
export function addWorkload(scope: Construct, install: Install, workload: Workload): void {
  const { component } = workload;
  const metadata = {
    name: nameOf(component),
    namespace: install.namespace,
    labels: labelsOf(component, install),
  };
  const selector = { matchLabels: podLabels(component) };
  new k8s.KubeServiceAccount(scope, `${component}-account`, {
    metadata,
    automountServiceAccountToken: false,
  });
  new k8s.KubeDeployment(scope, component, {
    metadata,
    spec: {
      replicas: workload.replicas ?? 2,
      ...(workload.settleSeconds !== undefined && { minReadySeconds: workload.settleSeconds }),
      selector,
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate: {
          maxSurge: k8s.IntOrString.fromNumber(1),
          maxUnavailable: k8s.IntOrString.fromNumber(0),
        },
      },
      template: { metadata: { labels: labelsOf(component, install) }, spec: podSpec(install, workload) },
    },
  });
  new k8s.KubePodDisruptionBudget(scope, `${component}-budget`, {
    metadata,
    // a pod that is not ready serves nobody, so it must not hold up the draining of its node
    spec: {
      maxUnavailable: k8s.IntOrString.fromNumber(1),
      selector,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
}

function podSpec(install: Install, workload: Workload): k8s.PodSpec {
  const { component, args, ports, resources, graceSeconds, beside = alone } = workload;
  const { initContainers, volumes, volumeMounts } = beside;
  return {
    serviceAccountName: nameOf(component),
    // HAProxy, to which strangers connect, gets none
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map(
      (topologyKey) => ({
        topologyKey,
        maxSkew: 1,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: podLabels(component) },
      }),
    ),
    ...(initContainers.length > 0 && { initContainers: [...initContainers] }),
    containers: [
      {
        name: component,
        image: install.image,
        imagePullPolicy: 'IfNotPresent',
        args: [...args, ...beside.args],
        env: [
          fromField('POD_NAME', 'metadata.name'),
          fromField('POD_NAMESPACE', 'metadata.namespace'),
          fromField('POD_IP', 'status.podIP'),
        ],
        ports: [...ports, healthPort],
        resources,
        securityContext: locked,
        volumeMounts: [account.mount, ...volumeMounts],
        startupProbe: { ...probe('/livez'), periodSeconds: 1, failureThreshold: 60 },
        livenessProbe: { ...probe('/livez'), periodSeconds: 10, failureThreshold: 3 },
        readinessProbe: { ...probe('/readyz'), periodSeconds: 2, failureThreshold: 2 },
      },
    ],
    volumes: [account.volume, ...volumes],
  };
}

function probe(path: string): k8s.Probe {
  return { httpGet: { path, port: k8s.IntOrString.fromString(healthPort.name) }, timeoutSeconds: 5 };
}

function fromField(name: string, fieldPath: string): k8s.EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
