import { listen } from '../../api/names.js';
import { writeAddress, type Address } from '../../net/address.js';
import type { Resolver } from '../../net/resolve.js';
import type { KeyPair } from '../../pki/keypair.js';
import type { Clock } from '../../runtime/clock.js';
import { within } from '../../net/probe/sweep.js';
import { dialable } from '../../net/target.js';
import { explainProbe, failed, isRefusal, isUntrusted, type ProbeFailure } from '../../net/probe/failure.js';
import { orAborted } from '../../runtime/deadline.js';
import type { Pace } from '../../runtime/pace.js';
import { noneDialledIn } from '../../protocol/through.js';
import { dialThrough, type EgressEntry } from './dialthrough.js';
import { provenCa } from './catalogproof.js';
import { NoCatalogError, openCatalog, type CatalogStream, type Position } from './catalogstream.js';
import { CatalogError } from './contact.js';

/** A peer whose gateway tells us what we may reach there. */
export interface CatalogPeer {
  readonly cluster: string;
  /** PEM; absent: not known yet. */
  readonly caBundle?: string | undefined;
  /** The pin of its CA, by which the peer proves itself if its CAs are not known, or do not prove it. */
  readonly fingerprint?: string | undefined;
  readonly addresses: readonly Address[];
  /** Its gateways dial ours, so it is asked through one of these. */
  readonly dialsIn?: true;
  /** Milliseconds that an address has to begin its answer. */
  readonly timeout: number;
}

/** What reading catalogs takes, for all Links alike. */
export interface CatalogReading {
  readonly resolver: Resolver;
  /** The operator's own certificate; undefined: it has none yet. */
  readonly identity: () => KeyPair | undefined;
  readonly clock: Clock;
  /** Egress gateways of ours that the peer of a link has dialled. @default none */
  readonly entries?: (link: string) => readonly EgressEntry[];
  /** @default dialThrough */
  readonly through?: typeof dialThrough;
  /** @default openCatalog */
  readonly open?: typeof openCatalog;
  /** @default provenCa */
  readonly prove?: typeof provenCa;
  /** @default Math.random */
  readonly random?: () => number;
}

/** One IP of the peer's gateway, and the address in the Link that leads there. */
interface Place {
  readonly where: string;
  readonly ip: string;
  readonly port: number;
  /** It is an egress gateway of ours, which leads there. */
  readonly entry?: EgressEntry;
}

/** Most IPs that are asked in one attempt. */
const most = 16;

/** Messages name this many addresses. */
const named = 3;

/**
 * Connects to the gateway of a peer: to one address after the other, until one answers. The one that has failed last comes
 * last the next time.
 */
export function createCatalogDialer(
  options: CatalogReading & { readonly link: string; readonly peer: () => CatalogPeer; readonly pace: Pace },
): (since: Position | undefined, signal: AbortSignal) => Promise<CatalogStream> {
  const { link, peer, resolver, identity, clock, pace, open = openCatalog, prove = provenCa } = options;
  const { entries = () => [], through = dialThrough } = options;
  /** When (monotonic, ms) an IP has failed, or was used, last. */
  let tried = new Map<string, number>();

  async function places(signal: AbortSignal): Promise<readonly (Place | ProbeFailure)[]> {
    if (peer().dialsIn) {
      const found = entries(link).map((entry): Place => {
        const { address: ip, port = listen.applied } = entry;
        return { where: `over egress gateway ${ip}`, ip, port, entry };
      });
      return found.length > 0 ? found : [failed(noneDialledIn, 'Unresolved')];
    }
    const each = peer().addresses.map(async ({ host, port }): Promise<(Place | ProbeFailure)[]> => {
      const where = writeAddress({ host, port });
      try {
        // these addresses are the choice of our own people
        const ips = dialable(host, await orAborted(resolver.resolve(host), signal), false);
        return ips.map((ip) => ({ where, ip, port }));
      } catch (error) {
        return [{ ...explainProbe(error, where), reason: 'Unresolved' }];
      }
    });
    return (await Promise.all(each)).flat();
  }

  /** With the CAs that are known, and otherwise with the one that is pinned. */
  async function openAt(
    { entry, ...place }: Omit<Place, 'where'> & { readonly identity: KeyPair },
    since: Position | undefined,
    signal: AbortSignal,
  ): Promise<CatalogStream> {
    const { cluster, caBundle, fingerprint, timeout } = peer();
    const socket =
      entry && (await within({ clock, timeout }, (limited) => through(entry, link, limited), signal));
    const question = { ...place, ...(socket && { socket }), now: clock.now(), timeout };
    const openWith = (caBundle: string) =>
      open({ ...question, since, peer: { link, cluster, caBundle } }, { clock, pace }, signal);
    if (fingerprint === undefined) return openWith(caBundle ?? '');
    try {
      if (caBundle !== undefined) return await openWith(caBundle);
    } catch (error) {
      if (!isUntrusted(error)) throw error;
    }
    return openWith(await prove({ ...question, cluster, fingerprint }, clock, signal));
  }

  return async (since, signal) => {
    const own = identity();
    if (own === undefined)
      throw new CatalogError(
        'Pending',
        'waits for the certificate of the operator, Secret service-mirror-operator-tls',
      );
    const found = await places(signal);
    const failures = found.flatMap((one) => ('ok' in one ? [one] : []));
    const keyOf = ({ ip, port }: Place) => `${ip} ${port}`;
    const candidates = new Map(found.flatMap((one) => ('ok' in one ? [] : [[keyOf(one), one] as const])));
    tried = new Map([...tried].filter(([key]) => candidates.has(key)));
    const order = [...candidates].toSorted(([a], [b]) => (tried.get(a) ?? 0) - (tried.get(b) ?? 0));
    let refused: unknown;
    for (const [key, { where, ...place }] of order.slice(0, most)) {
      signal.throwIfAborted();
      tried.set(key, clock.monotonic());
      try {
        return await openAt({ ...place, identity: own }, since, signal);
      } catch (error) {
        refused ??= error;
        failures.push(explainProbe(error, where));
      }
    }
    throw catalogError(peer().cluster, refused, failures);
  };
}

function catalogError(cluster: string, error: unknown, failures: readonly ProbeFailure[]): CatalogError {
  if (error instanceof NoCatalogError)
    return new CatalogError(
      'Unreachable',
      `the gateway of cluster "${cluster}" is of a version that has no catalog; upgrade service-mirror there, or give this Link credentials (spec.credentialsSecretRef)`,
    );
  const messages = [...new Set(failures.map(({ message }) => message))];
  const more = messages.length > named ? `; and ${messages.length - named} more` : '';
  const message = messages.slice(0, named).join('; ') + more;
  if (isRefusal(error))
    return new CatalogError(
      'Forbidden',
      `${message}; a Link of cluster "${cluster}" must pin this cluster: its name and its present CA`,
    );
  return new CatalogError('Unreachable', message);
}
