import { keys, managedBy, ownNames } from '../api/names.js';
import type { ConfigMap, KubeObject } from '../api/objects.js';
import { isOwnedBy } from '../runtime/ownership.js';
import type { Warning } from '../runtime/warnings.js';

/** The effect of somebody else's ConfigMap of that name. */
const frozen = {
  [ownNames.identity]: 'peers learn of no new certificate or address of this cluster',
  [ownNames.peers]: 'gateways learn of no peer that comes, goes or changes',
  [ownNames.ports]: 'mirrors get no egress port that they do not have already',
  [ownNames.callers]: 'a rotation of the CA does not hear whether peers that only call have followed',
};

/** The ConfigMaps of the operator's namespace that get a warning when they belong to somebody else. */
export type Guarded = keyof typeof frozen;

/** Whether the ConfigMap exists without our label: then our processes neither read nor write it. */
export function isTaken(object: Readonly<ConfigMap> | undefined): boolean {
  return object !== undefined && !isOwnedBy(object, 'self');
}

/** The warning about an object that our own API server refuses to write: a quota, a policy, a webhook. */
export function writeRefused(about: Readonly<KubeObject>, error: Error): Warning {
  const { kind, metadata } = about;
  const name = `${metadata.namespace}/${metadata.name}`;
  const message = `the API server of this cluster does not take ${kind} ${name}: ${error.message}`;
  return { about, reason: 'WriteRefused', message };
}

/** The warning about a ConfigMap without our label: the effect, and the command that fixes it. */
export function notManaged(about: Readonly<ConfigMap>): Warning {
  const { name, namespace } = about.metadata;
  const label = `${keys.managedBy}=${managedBy}`;
  const message = `ConfigMap ${namespace}/${name} lacks the label ${label}, and is left alone as somebody else's: ${frozen[name as Guarded]}; keep others from writing it, and label it to have it written anew: kubectl label --overwrite -n ${namespace} configmap ${name} ${label}`;
  return { about, reason: 'NotManaged', message };
}
