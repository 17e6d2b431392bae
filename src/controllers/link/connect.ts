import { discoveryOf, type Link } from '../../api/link.js';
import { credentialsType } from '../../api/names.js';
import { servedPeer } from '../../peers/decide.js';
import { probeSpec } from '../../net/probe/spec.js';
import type { Clock } from '../../runtime/clock.js';
import { isForbidden } from '../../runtime/errors.js';
import { labelSelectorToString } from '../../runtime/selector.js';
import type { LocalCaches, Self } from '../caches.js';
import type { Duty } from '../duty.js';
import { contactProblem, connectedCondition, type DesiredLinkCondition } from './contact.js';
import { kubeconfigKey, type kubeconfigReader } from './kubeconfigs.js';
import type { PeerRegistry } from './peerregistry.js';
import type { Remotes } from './remotes.js';
import type { Renewals } from './renewals.js';

/** What connecting to the cluster of a Link takes. */
export interface ConnectOptions {
  readonly caches: LocalCaches;
  readonly remotes: Remotes;
  readonly renewals: Renewals;
  readonly registry: Pick<PeerRegistry, 'peer'>;
  readonly duty: Pick<Duty, 'hasLink' | 'reads' | 'share'>;
  readonly self: Self;
  readonly clock: Clock;
  readonly readKubeconfig: ReturnType<typeof kubeconfigReader>;
}

/** Sees to it that the cluster of a Link is read as its spec says, and tells of the contact. */
export async function connect(
  link: Readonly<Link>,
  options: ConnectOptions,
  signal: AbortSignal,
): Promise<DesiredLinkCondition> {
  const discovery = discoveryOf(link.spec);
  switch (discovery) {
    case 'credentials':
      return readApiServer(link, options, signal);
    case 'catalog':
      return readCatalog(link, options);
    case undefined:
      options.remotes.drop(link.metadata.name);
      return unknown(
        'ExportOnly',
        'this Link names neither credentials nor the addresses of a pinned peer, so nothing is imported over it',
      );
    default:
      return discovery satisfies never;
  }
}

function not(reason: DesiredLinkCondition['reason'], message: string): DesiredLinkCondition {
  return { type: 'Connected', status: 'False', reason, message };
}

function unknown(reason: DesiredLinkCondition['reason'], message: string): DesiredLinkCondition {
  return { type: 'Connected', status: 'Unknown', reason, message };
}

/** The state of a Link that another replica reads and tells of. */
const elsewhere = unknown('Pending', '');

async function readApiServer(
  link: Readonly<Link>,
  { caches, remotes, renewals, duty, self, clock, readKubeconfig }: ConnectOptions,
  signal: AbortSignal,
): Promise<DesiredLinkCondition> {
  const { name } = link.metadata;
  const { credentialsSecretRef, imports, transport } = link.spec;
  const isMine = duty.hasLink(name);
  const isRead = isMine || duty.reads(name);
  if (!isRead && transport !== 'gateway') {
    remotes.drop(name);
    return elsewhere;
  }
  const secretName = credentialsSecretRef?.name ?? '';
  const secret = caches.secrets.get(`${self.namespace}/${secretName}`);
  const encoded = secret?.data?.[kubeconfigKey];
  if (secret === undefined || encoded === undefined || secret.type !== credentialsType) {
    remotes.freeze(name);
    const what =
      secret === undefined
        ? 'does not exist'
        : encoded === undefined
          ? 'has no key "kubeconfig"'
          : `is of type ${secret.type}`;
    return not(
      'CredentialsMissing',
      `spec.credentialsSecretRef: Secret ${self.namespace}/${secretName} ${what}; make it with type ${credentialsType} and the key "kubeconfig"`,
    );
  }
  const kubeconfig = readKubeconfig(secret);
  if (!kubeconfig.ok) {
    remotes.freeze(name);
    return not('CredentialsRejected', `Secret ${self.namespace}/${secretName}: ${kubeconfig.error.message}`);
  }
  const { text, config } = kubeconfig;
  const pinnedUid = link.status?.peer?.uid;
  remotes.ensure(name, {
    kubeconfig: text,
    verified: config.verified,
    scope: {
      ...(imports?.selector !== undefined && { selector: labelSelectorToString(imports.selector) }),
      namespaces: imports?.remoteNamespaces ?? [],
      ...(transport === 'gateway' && { identityIn: self.namespace }),
      ...(pinnedUid !== undefined && { pinnedUid }),
      ...(!isRead && { services: false }),
    },
  });
  if (!isMine) return elsewhere;
  const remote = remotes.newest(name);
  const { problem } = remote ?? {};
  // only the Link's own cluster is asked for a new token, while it answers
  const asks = remote?.uid !== undefined && (problem === undefined || isForbidden(problem.error));
  const renewal = asks ? await renewals.renew(name, { secret, text, config }, signal) : 'none';
  if (problem !== undefined) return { type: 'Connected', status: 'False', ...contactProblem(problem.error) };
  if (remote?.synced !== true) return unknown('Pending', 'reading the remote cluster for the first time');
  return connectedCondition(config, renewal, clock.now());
}

function readCatalog(
  { metadata: { name }, spec, status }: Readonly<Link>,
  { remotes, registry, duty, self }: ConnectOptions,
): DesiredLinkCondition {
  const { peer, gateway, imports } = spec;
  if (peer === undefined || peer.cluster === self.cluster) {
    remotes.freeze(name);
    return not(
      'SelfLink',
      `spec.peer.cluster is "${self.cluster}", which is this cluster; name the other one`,
    );
  }
  const { cluster, fingerprint } = peer;
  const isMine = duty.hasLink(name);
  const isRead = isMine || duty.reads(name);
  // share 0 writes down which CAs the gateways take for the peer's
  if (!isRead && (fingerprint === undefined || duty.share.index !== 0)) {
    remotes.drop(name);
    return elsewhere;
  }
  const served = servedPeer(registry.peer(name));
  const caBundle = fingerprint === undefined ? peer.caBundle : served?.caBundle;
  const pinnedUid = status?.peer?.uid;
  remotes.ensure(name, {
    peer: {
      ...{ cluster, timeout: probeSpec({ spec }).timeout },
      ...(caBundle !== undefined && { caBundle }),
      ...(fingerprint !== undefined && { fingerprint }),
      addresses: gateway?.addresses ?? [],
      ...(gateway?.direction === 'Accept' && { dialsIn: true as const }),
    },
    scope: {
      ...(imports?.selector !== undefined && { selector: imports.selector }),
      namespaces: imports?.remoteNamespaces ?? [],
      ...(pinnedUid !== undefined && { pinnedUid }),
      ...(!isRead && { services: false }),
    },
  });
  if (!isMine) return elsewhere;
  const remote = remotes.newest(name);
  if (remote?.problem !== undefined) {
    const { reason, message } = contactProblem(remote.problem.error);
    return reason === 'Pending' ? unknown(reason, message) : not(reason, message);
  }
  if (remote?.synced !== true)
    return unknown('Pending', `reading the catalog of cluster "${cluster}" for the first time`);
  return {
    ...{ type: 'Connected', status: 'True', reason: 'Connected' },
    message: `reads from the gateway of cluster "${cluster}" what that exports to this cluster`,
  };
}
