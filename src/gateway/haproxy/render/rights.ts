import { createDerived } from '../../../runtime/derived.js';
import type { ImmutableMap } from '../../../runtime/immutable.js';
import type { Peer } from '../../../protocol/peer.js';
import { serverName } from '../../../protocol/serviceid.js';
import { exportsById } from '../../exports.js';
import type { Export, Exports } from '../../model.js';
import type { PeerRole } from '../../../pki/verify.js';
import type { Caller } from '../callers.js';
import { targetOf } from './http.js';

/** What callers may reach, as the maps of an ingress gateway have it. */
export interface Rights {
  /** Server names to targets. */
  readonly targets: ImmutableMap<string, string>;
  /** Every right of a caller to a service ID; `gateway` is the peer channel. */
  readonly grants: ImmutableMap<string, string>;
}

/** The input of rights. */
export interface RightsInput {
  readonly callers: readonly Pick<Caller, 'link' | 'cluster'>[];
  readonly exports: Exports;
  /** Our own cluster's name. */
  readonly cluster: string;
}

/**
 * The caller, as sessions and grants name it: a link that stands for another cluster now is another caller, and a peer's
 * operator is another one than its gateways.
 */
export function callerOf(
  { link, cluster }: Pick<Peer, 'link' | 'cluster'>,
  role: PeerRole = 'gateway',
): string {
  return role === 'gateway' ? `${link}|${cluster}` : `${link}|${cluster}|${role}`;
}

/**
 * Makes a function that finds the rights of callers. Only entries of changed exports are made again.
 *
 * @param domain the domain of our own services' DNS names
 */
export function createRights(domain: string): (input: RightsInput) => Rights {
  const targets = createDerived<string, Export, string, string>();
  const grants = createDerived<string, Export, string, string>();
  let names: ReadonlyMap<string, string> = new Map();

  return ({ callers, exports, cluster }) => {
    const byId = exportsById(exports);
    const fresh = new Map(callers.map((caller) => [caller.link, callerOf(caller)]));
    if (fresh.size !== names.size || [...fresh].some(([link, name]) => names.get(link) !== name))
      names = fresh;
    const known = names;
    return {
      targets: targets(byId, cluster, (one) => [[serverName(one.serviceId, cluster), targetOf(one, domain)]]),
      grants: grants(
        byId,
        known,
        ({ serviceId, allow }) =>
          [...allow].flatMap((link) => {
            const name = known.get(link);
            return name === undefined ? [] : [[`${name}|${serviceId}`, '1'] as const];
          }),
        callers
          .flatMap((caller) => [callerOf(caller), callerOf(caller, 'operator')])
          .map((name) => [`${name}|gateway`, '1'] as const),
      ),
    };
  };
}
