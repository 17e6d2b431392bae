import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { ownNames } from '../api/names.js';
import { partOf, type Install } from './install.js';
import { ruleOf } from './roles.js';

/** Name of the roles for a peer's read access; the ClusterRole may also be granted in single namespaces. */
export const peerRole = 'service-mirror-peer';

/** Name of the ClusterRole with which a peer reads this cluster's UID, whatever namespaces it may read. */
export const peerUidRole = 'service-mirror-peer-uid';

/**
 * The roles with which another cluster's operator reads this one: Services, their slices, this cluster's UID and the
 * identity that it publishes. They grant nothing by themselves: `examples/peer-access.sh` binds them to an account
 * for each peer.
 */
export class PeerAccessChart extends Chart {
  constructor(scope: Construct, id: string, { namespace }: Install) {
    super(scope, id);
    const labels = { ...partOf };
    const follow = ['list', 'watch'];
    new k8s.KubeClusterRole(this, 'read', {
      metadata: { name: peerRole, labels },
      rules: [
        ruleOf({ group: '', resources: ['services'], verbs: follow }),
        ruleOf({ group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: follow }),
      ],
    });
    new k8s.KubeClusterRole(this, 'uid', {
      metadata: { name: peerUidRole, labels },
      rules: [ruleOf({ group: '', resources: ['namespaces'], verbs: ['get'], names: ['kube-system'] })],
    });
    new k8s.KubeRole(this, 'identity', {
      metadata: { name: peerRole, namespace, labels },
      rules: [ruleOf({ group: '', resources: ['configmaps'], verbs: follow, names: [ownNames.identity] })],
    });
  }
}
