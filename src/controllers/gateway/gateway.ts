import { keys, managedBy, ownNames } from '../../api/names.js';
import type { ConfigMap, Secret } from '../../api/objects.js';
import { configMaps } from '../../api/resources.js';
import type { CertificateSource } from '../../pki/profile.js';
import { encodeIdentity, encodePeer } from '../../protocol/identity.js';
import { servedPeer } from '../../peers/decide.js';
import type { Applier } from '../../runtime/apply.js';
import type { Clock } from '../../runtime/clock.js';
import type { Recorder } from '../../runtime/events.js';
import { isRefusal } from '../../runtime/errors.js';
import type { Log } from '../../runtime/log.js';
import { createWarningReporter, type Warning } from '../../runtime/warnings.js';
import { exactly } from '../../runtime/difference.js';
import type { PeerRegistry } from '../link/peerregistry.js';
import type { LocalCaches, Self } from '../caches.js';
import type { Advertised } from './advertised.js';
import { ownCertificates, type Kept } from './certificates.js';
import { externalCertificates } from './external.js';
import { isTaken, notManaged, writeRefused, type Guarded } from '../notmanaged.js';

/** The dependencies of the gateway controller. */
export interface GatewayReconcilerOptions {
  readonly caches: LocalCaches;
  readonly registry: PeerRegistry;
  readonly advertised: Pick<Advertised, 'addresses'>;
  readonly applier: Applier;
  readonly self: Self;
  readonly events: Recorder;
  /** @default 'own' */
  readonly certificates?: CertificateSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** Its only key: there is one set of gateways in a cluster. */
export const gatewayKey = 'gateway';

/** Certificates are checked at least this often (ms). */
const longestRest = 3600_000;

/** Keeps the objects that our own gateways need: their certificates, our published identity, and the resolved peers. */
export function reconcileGateway(
  options: GatewayReconcilerOptions,
): () => Promise<{ requeueAfter: number } | void> {
  const { caches, registry, advertised, applier, events, self, clock } = options;
  const keep = options.certificates === 'external' ? externalCertificates(options) : ownCertificates(options);
  const warn = createWarningReporter(events);

  /** Writes a ConfigMap; returns a warning when it is left alone or refused. */
  async function write(name: Guarded, data: Record<string, string>): Promise<Warning[]> {
    const actual = caches.configMaps.get(`${self.namespace}/${name}`);
    const object: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: own(name),
      data: exactly(data, actual?.data),
    };
    try {
      const result = await applier.own(configMaps, object, actual, 'self');
      return result === 'foreign' ? [notManaged(actual ?? object)] : [];
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return [writeRefused(actual ?? object, error)];
    }
  }

  /** The record of egress ports is written elsewhere (port reservations); here it is watched for the Event. */
  function takenRecord(): Warning[] {
    const record = caches.configMaps.get(`${self.namespace}/${ownNames.ports}`);
    return record !== undefined && isTaken(record) ? [notManaged(record)] : [];
  }

  function own(name: string) {
    return { name, namespace: self.namespace, labels: { [keys.managedBy]: managedBy } };
  }

  function ourselves(kept: Extract<Kept, { kind: 'good' }>): Record<string, string> {
    // our ingress gateways write into that ConfigMap while a CA is announced; they must not write into somebody
    // else's
    const unheard = isTaken(caches.configMaps.get(`${self.namespace}/${ownNames.callers}`));
    return encodeIdentity({
      ...{ cluster: self.cluster, uid: self.uid, caBundle: kept.bundle },
      addresses: advertised.addresses(),
      ...(kept.next !== undefined && !unheard && { next: kept.next }),
    });
  }

  function resolvedPeers(): Record<string, string> {
    const served = [...registry.peers()].flatMap(([link, decision]) => {
      const peer = servedPeer(decision);
      return peer === undefined ? [] : [[link, encodePeer(peer)] as const];
    });
    return Object.fromEntries(served);
  }

  function unusable({ secret, message }: Extract<Kept, { kind: 'bad' }>): Warning {
    return {
      about: secretOf(secret),
      reason: 'CertificateUnusable',
      message: `Secret ${self.namespace}/${secret}: ${message}`,
    };
  }

  function secretOf(name: string): Readonly<Secret> {
    const metadata = { name, namespace: self.namespace };
    return caches.secrets.get(`${self.namespace}/${name}`) ?? { apiVersion: 'v1', kind: 'Secret', metadata };
  }

  /** Peers know our name: with another one, all of them would refuse us. */
  function checkName(): void {
    const published = caches.configMaps.get(`${self.namespace}/${ownNames.identity}`)?.data?.['cluster'];
    if (published === undefined || published === self.cluster) return;
    throw new Error(
      `this cluster is known to its peers as "${published}", and --cluster-name says "${self.cluster}"; start with the name it has, or delete ConfigMap ${self.namespace}/${ownNames.identity} and tell every peer the new one`,
    );
  }

  return async () => {
    checkName();
    const kept = await keep(new Date(clock.now())).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      throw warn([writeRefused(secretOf(ownNames.ca), error)]) ?? error;
    });
    // the change of the cache wakes this controller again
    if (kept.kind === 'made') return;
    // what worked before goes on: processes keep their certificates, and peers keep what they know of us
    const failure = warn([
      ...(kept.kind === 'bad' ? [unusable(kept)] : await write(ownNames.identity, ourselves(kept))),
      ...(await write(ownNames.peers, resolvedPeers())),
      ...takenRecord(),
    ]);
    if (failure !== undefined) throw failure;
    const renewal = (kept.kind === 'good' ? kept.renewAt : undefined) ?? Infinity;
    return { requeueAfter: Math.min(longestRest, Math.max(1_000, renewal - clock.now())) };
  };
}
