import {
  backendConditions,
  type BackendConditions,
  type ConditionInput,
  type DesiredMirrorCondition,
} from './backendconditions.js';
import { whyNoneAccepted } from './backends.js';
import type { Role } from './roles.js';
import { shownPorts } from './shownports.js';
import type { Backend } from './view.js';
import { weighingRemark } from './weighing.js';

/** The desired conditions of a mirror, in the order in which they are shown. */
export function desiredConditions(input: ConditionInput, roles: readonly Role[]): DesiredMirrorCondition[] {
  const each = input.backends.map((backend, at) => ({
    backend,
    ...backendConditions(backend, input, roles[at]!),
  }));
  const ready = together(each, 'ready');
  return [
    acceptedCondition(input),
    together(each, 'synced'),
    together(each, 'endpoints'),
    ready.status === 'True' ? remarked(ready, input, roles) : ready,
  ];
}

function acceptedCondition(input: ConditionInput): DesiredMirrorCondition {
  const notAccepted = whyNoneAccepted(input);
  if (notAccepted !== undefined) return { type: 'Accepted', status: 'False', ...notAccepted };
  return { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the mirror makes sense here' };
}

/** One backend without a problem is enough. If there are several, each message begins with its cluster. */
function together(
  each: readonly (BackendConditions & { readonly backend: Backend })[],
  which: keyof BackendConditions,
): DesiredMirrorCondition {
  const accepted = each.filter(({ backend }) => backend.notAccepted === undefined);
  const heard = (accepted.length === 0 ? each : accepted).map((one) => one[which]);
  const best = heard.find(({ status }) => status === 'True') ?? heard[0]!;
  if (each.length === 1) return best;
  const message = each.map((one) => `${one.backend.view.backend.cluster}: ${one[which].message}`).join('; ');
  return { ...best, message };
}

/** The remarks on the mirror as a whole while it is ready. */
function remarked(
  ready: DesiredMirrorCondition,
  input: ConditionInput,
  roles: readonly Role[],
): DesiredMirrorCondition {
  const { slices } = input.refused ?? {};
  const { ports = [], left = 0 } = shownPorts(input) ?? {};
  const unlisted = left <= 0 ? [] : [`status.ports lists ${ports.length} of ${ports.length + left} ports`];
  const remarks = [weighingRemark(input, roles), slices].filter((remark) => remark !== undefined);
  const message = [ready.message, ...unlisted, ...remarks].join('; ');
  return { ...ready, message };
}
