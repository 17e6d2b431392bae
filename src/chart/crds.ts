import { ApiObject, Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ApiClass } from '../api/crd.js';
import { InvitationRoot } from '../api/invitation.js';
import { LinkRoot } from '../api/link.js';
import { invitations, links, serviceMirrors, type Resource } from '../api/resources.js';
import { ServiceMirrorRoot } from '../api/servicemirror.js';
import { schemaOf } from './schema.js';

/** One column of `kubectl get`; with priority 1 only `-o wide` shows it. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'date' | 'integer';
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: 1;
}

/** The parts of a CRD in addition to its schema. */
export interface Definition {
  readonly resource: Resource;
  readonly root: ApiClass;
  readonly shortName: string;
  readonly columns: readonly Column[];
}

const age: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const text = (name: string, jsonPath: string): Column => ({ name, type: 'string', jsonPath });

const condition = (name: string, type: string, field: 'status' | 'reason' | 'message'): Column =>
  text(name, `.status.conditions[?(@.type=="${type}")].${field}`);

const message: Column = { ...condition('Message', 'Ready', 'message'), priority: 1 };

/** The kinds for users: one line of `kubectl get` says whether an object works, and if not, why. */
export const definitions: readonly Definition[] = [
  {
    resource: links,
    root: LinkRoot,
    shortName: 'smlink',
    columns: [
      text('Transport', '.spec.transport'),
      condition('Connected', 'Connected', 'status'),
      condition('Healthy', 'GatewayHealthy', 'status'),
      condition('Ready', 'Ready', 'status'),
      text('Mirrors', '.status.mirrors.display'),
      text('Imports', '.status.imports.display'),
      text('Exports', '.status.exports.display'),
      text('Gateway', '.status.gateway.display'),
      condition('Reason', 'Ready', 'reason'),
      age,
      { name: 'Held', type: 'integer', jsonPath: '.status.imports.held', priority: 1 },
      { ...text('Missing', '.status.imports.reasons'), priority: 1 },
      message,
    ],
  },
  {
    resource: serviceMirrors,
    root: ServiceMirrorRoot,
    shortName: 'sm',
    columns: [
      text('Cluster', '.spec.cluster'),
      text('Remote', '.status.source.display'),
      text('Service', '.status.service.name'),
      condition('Ready', 'Ready', 'status'),
      text('Endpoints', '.status.endpoints.display'),
      condition('Reason', 'Ready', 'reason'),
      age,
      message,
    ],
  },
  {
    resource: invitations,
    root: InvitationRoot,
    shortName: 'sminv',
    columns: [
      text('Link', '.spec.link'),
      condition('Open', 'Open', 'status'),
      condition('Ready', 'Ready', 'status'),
      text('Cluster', '.status.redemption.cluster'),
      condition('Reason', 'Ready', 'reason'),
      text('Expires', '.spec.expires'),
      age,
      message,
    ],
  },
];

/** The manifest of a CRD. */
export function crdOf({ resource, root, shortName, columns }: Definition) {
  const { group, version, plural, kind, namespaced } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'service-mirror' } },
    spec: {
      group,
      scope: namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['service-mirror'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schemaOf(root) },
        },
      ],
    },
  };
}

/** The CRDs. They are raw objects, because the typed construct drops the keywords that begin with `x-kubernetes`. */
export class CrdChart extends Chart {
  constructor(scope: Construct, id: string, kinds: readonly Definition[]) {
    super(scope, id);
    for (const kind of kinds) new ApiObject(this, kind.resource.plural, crdOf(kind));
  }
}
