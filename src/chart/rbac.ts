import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { ownNames } from '../api/names.js';
import { invitations, links, serviceMirrors } from '../api/resources.js';
import { allLeases } from '../api/shares.js';
import { labelsOf, nameOf, partOf, type Component, type Install } from './install.js';
import { grantAtHome, grantEverywhere, ruleOf, type Grant } from './roles.js';

const read = ['get', 'list', 'watch'] as const;
const follow = ['list', 'watch'] as const;

const api = { group: links.group };
const core = { group: '' };
const slices = { group: 'discovery.k8s.io', resources: ['endpointslices'] };
const leases = { group: 'coordination.k8s.io', resources: ['leases'] };

/** Which Services the API server calls: `exports.all` leaves them out. */
const calling: readonly Grant[] = [
  {
    group: 'admissionregistration.k8s.io',
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    verbs: follow,
  },
  { group: 'apiregistration.k8s.io', resources: ['apiservices'], verbs: follow },
];

/** The rights of a component in all namespaces and in its own: exactly the verbs that it uses. */
interface Grants {
  readonly everywhere: readonly Grant[];
  readonly atHome: readonly Grant[];
}

const grants: Readonly<Record<Component, Grants>> = {
  operator: {
    everywhere: [
      // whether a mirror is really gone, before its Service is deleted; and automatic mirrors
      { ...api, resources: [serviceMirrors.plural], verbs: [...read, 'create', 'patch', 'delete'] },
      // whether a Link is really gone, before its automatic mirrors are deleted
      { ...api, resources: [links.plural], verbs: read },
      // a redeemed Invitation becomes a Link, and nothing else does; no Link is ever changed
      { ...api, resources: [links.plural], verbs: ['create'] },
      // the command `invite` makes one in the operator's pod
      { ...api, resources: [invitations.plural], verbs: [...read, 'create', 'patch', 'delete'] },
      { ...api, resources: [`${invitations.plural}/status`], verbs: ['patch'] },
      // a mirror's status has one writer, which replaces it; that of a Link has several, which apply their parts
      { ...api, resources: [`${serviceMirrors.plural}/status`], verbs: ['update'] },
      { ...api, resources: [`${links.plural}/status`], verbs: ['patch'] },
      { ...core, resources: ['services'], verbs: [...read, 'create', 'patch', 'delete'] },
      { ...slices, verbs: [...read, 'create', 'patch', 'delete'] },
      // those that Linkerd left beside a Service that a mirror takes over
      { ...core, resources: ['endpoints'], verbs: ['get', 'delete'] },
      { ...core, resources: ['namespaces'], verbs: follow },
      // its UID is the cluster's
      { ...core, resources: ['namespaces'], verbs: ['get'], names: ['kube-system'] },
      ...calling,
      // a NodePort is reached through their addresses
      { ...core, resources: ['nodes'], verbs: follow },
      // repetitions are counted in their first Event
      { group: 'events.k8s.io', resources: ['events'], verbs: ['create', 'patch'] },
    ],
    atHome: [
      { ...core, resources: ['secrets', 'configmaps'], verbs: [...read, 'create', 'patch'] },
      { ...core, resources: ['pods'], verbs: follow },
      { ...leases, verbs: ['create'] },
      // those of any number of shares: when it changes, the replicas of both numbers look at each other's
      { ...leases, verbs: ['get', 'update'], names: allLeases },
    ],
  },
  egress: {
    everywhere: [{ ...api, resources: [serviceMirrors.plural], verbs: follow }],
    atHome: [
      { ...core, resources: ['configmaps'], verbs: follow, names: [ownNames.peers] },
      { ...core, resources: ['secrets'], verbs: follow, names: [ownNames.egressTls] },
    ],
  },
  ingress: {
    everywhere: [
      { ...api, resources: [links.plural], verbs: follow },
      // it takes what is redeemed, and writes down by whom
      { ...api, resources: [invitations.plural], verbs: read },
      { ...api, resources: [`${invitations.plural}/status`], verbs: ['patch'] },
      { ...core, resources: ['services', 'namespaces'], verbs: follow },
      // the pods of an exported headless Service, and whether each is the pod that a slice says it is
      { ...slices, verbs: follow },
      { ...core, resources: ['pods'], verbs: ['get'] },
      ...calling,
    ],
    atHome: [
      { ...core, resources: ['configmaps'], verbs: follow, names: [ownNames.peers, ownNames.identity] },
      // the trust reports, while a CA is rotated
      { ...core, resources: ['configmaps'], verbs: ['patch'], names: [ownNames.callers] },
      { ...core, resources: ['secrets'], verbs: follow, names: [ownNames.ingressTls] },
    ],
  },
};

/** For `imports.createNamespaces`. */
const creation: Grant = { ...core, resources: ['namespaces'], verbs: ['create'] };

/** The rights of the operator, the gateways and the users of a cluster. */
export class RbacChart extends Chart {
  constructor(scope: Construct, id: string, install: Install) {
    super(scope, id);
    for (const component of ['operator', 'egress', 'ingress'] as const) {
      const grantee = {
        name: nameOf(component),
        namespace: install.namespace,
        labels: labelsOf(component, install),
      };
      const more = component === 'operator' && install.createNamespaces ? [creation] : [];
      grantEverywhere(this, grantee, [...grants[component].everywhere, ...more]);
      grantAtHome(this, grantee, grants[component].atHome);
    }
    this.addUserRole('view', { ...api, resources: [serviceMirrors.plural], verbs: read });
    this.addUserRole('edit', {
      ...api,
      resources: [serviceMirrors.plural],
      verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'],
    });
  }

  /**
   * These roles join Kubernetes' own: an account that may view or edit a namespace may do the same with its
   * ServiceMirrors.
   */
  private addUserRole(role: 'view' | 'edit', grant: Grant): void {
    const labels = { ...partOf, [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' };
    new k8s.KubeClusterRole(this, role, {
      metadata: { name: `service-mirror-${role}`, labels },
      rules: [ruleOf(grant)],
    });
  }
}
