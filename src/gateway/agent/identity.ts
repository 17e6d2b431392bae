import { ownNames } from '../../api/names.js';
import type { ConfigMap } from '../../api/objects.js';
import type { Clock } from '../../runtime/clock.js';
import { decodeIdentity, type Identity } from '../../protocol/identity.js';

/** Reads who we are, as the operator has written it; remembers what it has read. */
export interface IdentityReader {
  /** The last one that could be read; a missing or broken ConfigMap leaves it as it was. */
  read(configMap: Readonly<ConfigMap> | undefined): Identity | undefined;
  /** What is wrong with the ConfigMap as it is now. */
  problems(): readonly string[];
}

/** A reader that has read nothing yet. */
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
