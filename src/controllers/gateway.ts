import { keys, managedBy, ownNames } from '../api/names.js';
import type { ConfigMap, Secret } from '../api/objects.js';
import { configMaps, secrets } from '../api/resources.js';
import { createAuthority, issueLeaf } from '../gateway/mtls/ca.js';
import { decodeCustody } from '../gateway/mtls/custody.js';
import { encodeIdentity, encodePeer } from '../gateway/mtls/identity.js';
import { roles, type Role } from '../gateway/mtls/profile.js';
import { authorityDue, dueLeaves, nextRenewal } from '../gateway/mtls/renewal.js';
import { fingerprintIn, phaseOf } from '../gateway/mtls/rotation.js';
import { decodeKeyPair, encodeKeyPair } from '../gateway/mtls/secret.js';
import type { KeyPair } from '../gateway/model.js';
import type { Applier } from '../runtime/apply.js';
import type { Clock } from '../runtime/clock.js';
import type { Log } from '../runtime/log.js';
import type { Advertised } from './advertised.js';
import type { LinkBook } from './linkbook.js';
import type { LocalCaches, Self } from './world.js';

/** What the gateway controller uses. */
export interface GatewayOptions {
  readonly caches: LocalCaches;
  readonly book: LinkBook;
  readonly advertised: Pick<Advertised, 'addresses'>;
  readonly applier: Applier;
  readonly self: Self;
  readonly clock: Clock;
  readonly log: Log;
}

/** Its only key: there is one set of gateways in a cluster. */
export const gatewayKey = 'gateway';

/** Certificates are looked at again at least this often (ms). */
const longestRest = 3600_000;

/** Secret of each role's leaf. */
export const leafSecrets: Readonly<Record<Role, string>> = {
  ingress: ownNames.ingressTls,
  egress: ownNames.egressTls,
  operator: ownNames.operatorTls,
};

/** Keeps what our own gateways need: the CA and the leaves, what we publish of ourselves, and the settled peers. */
export function reconcileGateway(options: GatewayOptions): () => Promise<{ requeueAfter: number } | void> {
  const { caches, book, advertised, applier, self, clock, log } = options;

  async function write(name: string, data: Record<string, string>): Promise<void> {
    const actual = caches.configMaps.get(`${self.namespace}/${name}`);
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: own(name),
      data: exactly(data, actual?.data),
    };
    await applier.own(configMaps, object, actual, 'self');
  }

  async function writePair(name: string, pair: KeyPair): Promise<void> {
    const actual = caches.secrets.get(`${self.namespace}/${name}`);
    const result = await applier.own(secrets, secretOf(name, 'kubernetes.io/tls', pair), actual, 'self');
    if (result === 'foreign')
      log.warn('a Secret is not ours and is left alone', { object: `${self.namespace}/${name}` });
  }

  /** Never over a CA that the cache does not show yet: every peer trusts that one. */
  async function makeAuthority(now: Date): Promise<void> {
    const authority = await createAuthority(self.cluster, { now });
    const result = await applier.once(secrets, secretOf(ownNames.ca, 'Opaque', authority));
    if (result === 'created')
      log.info('made a certificate authority for this cluster', { cluster: self.cluster });
  }

  function secretOf(name: string, type: string, pair: KeyPair): Secret {
    return { apiVersion: 'v1', kind: 'Secret', metadata: own(name), type, data: encodeKeyPair(pair) };
  }

  function own(name: string) {
    return { name, namespace: self.namespace, labels: { [keys.managedBy]: managedBy } };
  }

  const heldPair = (name: string) => decodeKeyPair(caches.secrets.get(`${self.namespace}/${name}`)?.data);

  /** Peers know us by our name: under another one, all of them would turn us away. */
  function checkName(): void {
    const published = caches.configMaps.get(`${self.namespace}/${ownNames.identity}`)?.data?.['cluster'];
    if (published === undefined || published === self.cluster) return;
    throw new Error(
      `this cluster is known to its peers as "${published}", and --cluster-name says "${self.cluster}"; start with the name it has, or delete ConfigMap ${self.namespace}/${ownNames.identity} and tell every peer the new one`,
    );
  }

  return async () => {
    checkName();
    const now = new Date(clock.now());
    const authority = heldPair(ownNames.ca);
    const there = caches.secrets.get(`${self.namespace}/${ownNames.ca}`) !== undefined;
    const problem = there && authority === undefined ? 'Broken' : authorityDue(authority, now);
    if (problem === 'Absent') {
      await makeAuthority(now);
      // the cache brings it back, and wakes us
      return;
    }
    if (problem !== undefined || authority === undefined) {
      throw new Error(
        `Secret ${self.namespace}/${ownNames.ca} cannot sign (${problem ?? 'Absent'}); put a CA certificate and its key there, or delete it to have a new one made`,
      );
    }
    const leaves = Object.fromEntries(roles.map((role) => [role, heldPair(leafSecrets[role])] as const));
    for (const [role, reason] of dueLeaves({ authority, leaves }, { cluster: self.cluster, now })) {
      const leaf = leaves[role];
      const fresh =
        reason === 'StaleBundle' && leaf !== undefined
          ? { ...leaf, ca: authority.ca }
          : await issueLeaf(authority, role, { cluster: self.cluster, now });
      await writePair(leafSecrets[role], fresh);
      log.info('issued a certificate', { role, reason });
    }
    await write(
      ownNames.identity,
      encodeIdentity({
        ...{ cluster: self.cluster, uid: self.uid, caBundle: authority.ca },
        addresses: advertised.addresses(),
        ...nextOf(caches.secrets.get(`${self.namespace}/${ownNames.ca}`)),
      }),
    );
    const settled = [...book.peers()].flatMap(([link, verdict]) =>
      verdict.kind === 'peer' ? [[link, encodePeer(verdict.peer)] as const] : [],
    );
    await write(ownNames.peers, Object.fromEntries(settled));
    const renewal = nextRenewal(leaves)?.getTime() ?? 0;
    return { requeueAfter: Math.min(longestRest, Math.max(1_000, renewal - clock.now())) };
  };
}

/** The CA that is to sign next, for as long as it is waited for those who do not trust it yet. */
function nextOf(secret: Readonly<Secret> | undefined): { next?: string } {
  const custody = decodeCustody(secret);
  if (custody?.next === undefined || phaseOf(custody) !== 'published') return {};
  return { next: fingerprintIn(custody.next.cert) };
}

/** The wanted data, with a null for each key that must go: a merge patch removes those. */
function exactly(
  wanted: Record<string, string>,
  actual: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const gone = Object.keys(actual ?? {}).filter((key) => !(key in wanted));
  return { ...Object.fromEntries(gone.map((key) => [key, null])), ...wanted } as Record<string, string>;
}
