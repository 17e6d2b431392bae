import { ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { decodeIdentity, type Identity } from '../../protocol/identity.js';

/** Reads our own identity, which the operator writes, and remembers it. */
export interface IdentityReader {
  /** The last readable identity; a missing or broken ConfigMap does not change it. */
  read(configMap: Readonly<ConfigMap> | undefined): Identity | undefined;
  /** The problems of the present ConfigMap. */
  problems(): readonly string[];
}

/** A new reader, without an identity. */
export function createIdentityReader(clock: Clock): IdentityReader {
  let seen: Readonly<ConfigMap> | undefined;
  let known: Identity | undefined;
  let problems: readonly string[] = [];
  return {
    read(configMap) {
      const name = `ConfigMap ${ownNames.identity}`;
      if (configMap === undefined) problems = [`${name} is missing: the operator writes it`];
      else if (configMap !== seen) {
        const decoded = decodeIdentity(configMap.data, new Date(clock.now()));
        if ('value' in decoded) known = decoded.value;
        problems = 'value' in decoded ? [] : [`${name}: ${decoded.problems.join('; ')}`];
      }
      seen = configMap;
      return known;
    },
    problems: () => problems,
  };
}
