import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { ownNames } from '../api/names.js';
import { partOf, type Install } from './install.js';
import { grantAtHome, grantEverywhere } from './roles.js';

/** Name of the ServiceAccount that another cluster's operator reads this cluster with, and of its token's Secret. */
export const peerAccount = 'service-mirror-peer';

/**
 * The read-only access that another cluster's operator needs here: Services, their slices, this cluster's UID and what
 * its gateway publishes. Not part of the installation: a cluster that nobody mirrors from needs none of it.
 */
export class PeerAccessChart extends Chart {
  constructor(scope: Construct, id: string, { namespace }: Install) {
    super(scope, id);
    const grantee = { name: peerAccount, namespace, labels: { ...partOf } };
    const metadata = { name: peerAccount, namespace, labels: { ...partOf } };
    const follow = ['list', 'watch'];
    new k8s.KubeServiceAccount(this, 'account', { metadata });
    // the token controller fills it; a token from the TokenRequest API would end while the peer still needs it
    new k8s.KubeSecret(this, 'token', {
      metadata: { ...metadata, annotations: { 'kubernetes.io/service-account.name': peerAccount } },
      type: 'kubernetes.io/service-account-token',
    });
    grantEverywhere(this, grantee, [
      { group: '', resources: ['services'], verbs: follow },
      { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: follow },
      { group: '', resources: ['namespaces'], verbs: ['get'], names: ['kube-system'] },
    ]);
    grantAtHome(this, grantee, [
      { group: '', resources: ['configmaps'], verbs: follow, names: [ownNames.identity] },
    ]);
  }
}
