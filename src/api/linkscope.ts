import { IsBoolean, IsIn } from 'class-validator';
import { Doc, Rule } from './crd.js';
import { Nested, Optional, Text, TextSet } from './fields.js';
import { dnsLabel, keyOrPrefix } from './formats.js';
import { nameTemplate } from './nametemplate.js';
import type { LabelSelector } from './objects.js';
import { isEmptySelector, Selector, selectsByLabel } from './selector.js';

/** Which Services of the remote cluster are members of federated mirrors. */
@Doc(
  'Services of one name in several clusters, and in this one, get one ServiceMirror named <name>-federated, in the local namespace of theirs.',
)
@Rule<Federated>({
  rule: `!has(self.selector) || ${selectsByLabel('self.selector')}`,
  message:
    'an empty selector would make a member of every Service: name labels, or leave selector out for mirror.linkerd.io/federated: member',
  fieldPath: '.selector',
  holds: ({ selector }) => selector === undefined || !isEmptySelector(selector),
})
export class Federated {
  @Doc(
    'Labels of the members, among the Services that imports.selector lets this Link see. Left out: `mirror.linkerd.io/federated: member`.',
  )
  @Optional()
  @Nested(Selector)
  selector?: LabelSelector;
}

/** What this cluster imports from the remote cluster. */
@Doc('What this cluster takes from the remote one. Needs credentials.')
@Rule<Imports>({
  rule: `!has(self.automatic) || !self.automatic || (has(self.selector) && (${selectsByLabel('self.selector')}))`,
  message:
    "automatic needs a selector: without one, every Service of the remote cluster would be mirrored; write imports.selector, as in matchLabels: {mirror.linkerd.io/exported: 'true'}",
  fieldPath: '.automatic',
  holds: ({ automatic, selector }) => !automatic || (selector !== undefined && !isEmptySelector(selector)),
})
export class Imports {
  @Doc(
    "Labels of the remote Services that are watched, filtered by the remote API server, as in `matchLabels: {mirror.linkerd.io/exported: 'true'}`. Left out: all that the credentials may read.",
  )
  @Optional()
  @Nested(Selector)
  selector?: LabelSelector;

  @Doc(
    'Remote namespaces to watch, one by one, for credentials whose grants are not cluster-wide. Left out or empty: all.',
  )
  @Optional()
  @TextSet(dnsLabel('the name of a remote namespace'), 64)
  remoteNamespaces?: string[];

  @Doc('Labels of the local namespaces that may hold mirrors of this link. Left out: all.')
  @Optional()
  @Nested(Selector)
  namespaces?: LabelSelector;

  @Doc(
    'Same: a mirror may take only from the remote namespace of its own name. Any: from any remote namespace.',
  )
  @IsIn(['Same', 'Any'], { message: 'write Same or Any' })
  namespaceMapping: 'Same' | 'Any' = 'Same';

  @Doc(
    'Which labels and annotations of a remote Service its mirror gets. Safe: those that no known tool or controller acts on; left out are the keys of Kubernetes (but for app.kubernetes.io/name, component, part-of and version), of deployment tools, load balancers, DNS, meshes, scrapers and operators. All: these, too, but for keys that would break the mirror. None: none.',
  )
  @IsIn(['Safe', 'All', 'None'], { message: 'write Safe, All or None' })
  metadata: 'Safe' | 'All' | 'None' = 'Safe';

  @Doc(
    'true: every selected Service gets a ServiceMirror in the local namespace of the same name, which this Link owns. It goes when the Service or the Link goes. Left out: false.',
  )
  @Optional()
  @IsBoolean({ message: 'write true or false' })
  automatic?: boolean;

  @Doc(
    "Names of automatic mirrors and of their Services, of {service}, {namespace} and {cluster}. Left out: '{service}-{cluster}'. A name of more than 63 characters is cut and ends in a hash.",
  )
  @Optional()
  @Text(nameTemplate)
  nameTemplate?: string;

  @Doc(
    'Services that are members of federated mirrors: each ServiceMirror <name>-federated serves from all clusters whose Links federate and have such a Service, and from this cluster if its own Service has the label `mirror.linkerd.io/federated: member`. Members join and leave as their Services do. Left out: none.',
  )
  @Optional()
  @Nested(Federated)
  federated?: Federated;

  @Doc(
    "true: where a selected Service has no local namespace of its name, this Link makes one, and nobody removes it. `namespaces`, if it is there, must select what such a namespace has: its kubernetes.io/metadata.name, app.kubernetes.io/managed-by: service-mirror and linkerd.io/link with this Link's name. Those that begin with kube- are never made. The operator needs the right to create namespaces, which the manifests leave out. Left out: false.",
  )
  @Optional()
  @IsBoolean({ message: 'write true or false' })
  createNamespaces?: boolean;

  @Doc(
    "Labels of remote Services that are not copied to their mirrors, whatever metadata says: keys, or all keys of a prefix as 'example.com/*'.",
  )
  @Optional()
  @TextSet(keyOrPrefix, 64)
  excludedLabels?: string[];

  @Doc(
    "Annotations of remote Services that are not copied to their mirrors, whatever metadata says: keys, or all keys of a prefix as 'example.com/*'.",
  )
  @Optional()
  @TextSet(keyOrPrefix, 64)
  excludedAnnotations?: string[];
}

/** What the remote cluster may reach here, through our ingress gateway. */
@Doc("What the remote cluster may reach here, through this cluster's ingress gateway.")
@Rule<Exports>({
  rule: 'has(self.services) != (has(self.all) && self.all)',
  message: 'write exactly one of services (a label selector) and all: true',
  holds: ({ services, all = false }) => (services !== undefined) !== all,
})
@Rule<Exports>({
  rule: `!has(self.services) || ${selectsByLabel('self.services')}`,
  message:
    'an empty selector would export every Service: write all: true in place of services, if that is meant',
  fieldPath: '.services',
  holds: ({ services }) => services === undefined || !isEmptySelector(services),
})
export class Exports {
  @Doc(
    "Labels of the Services that the remote cluster may reach, as in `matchLabels: {mirror.linkerd.io/exported: 'true'}`; not empty.",
  )
  @Optional()
  @Nested(Selector)
  services?: LabelSelector;

  @Doc(
    "true: the remote cluster may reach every Service of the selected namespaces, but for those of kube-system, kube-public, kube-node-lease and the operator's own namespace, and those that the API server calls as webhooks or aggregated APIs: name them with `services`. In place of `services`.",
  )
  @Optional()
  @IsBoolean({ message: 'write true or false' })
  all?: boolean;

  @Doc('Labels of the namespaces whose Services may be reached. Left out: all namespaces.')
  @Optional()
  @Nested(Selector)
  namespaces?: LabelSelector;

  @Doc(
    'true: Services without a selector are exported too. Whoever writes the EndpointSlices of such a Service decides what the remote cluster can reach.',
  )
  @IsBoolean({ message: 'write true or false' })
  allowSelectorless: boolean = false;
}
