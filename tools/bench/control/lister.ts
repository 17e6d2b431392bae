import { keys, managedBy } from '../../../src/api/names.js';
import {
  configMaps,
  endpointSlices,
  links,
  namespaces,
  pods,
  secrets,
  serviceMirrors,
  services,
} from '../../../src/api/resources.js';
import { labelSelectorToString } from '../../../src/runtime/selector.js';
import { createBareClient, type BareAccess } from './bareclient.js';
import { chosen, ownNamespace } from './objects.js';

/** What is listed, as JSON. */
export interface ListerPlan {
  readonly paris: BareAccess;
  readonly london: BareAccess;
}

// Reads once, all at the same time, what the operator has to read before it is ready; it keeps nothing.
const plan = JSON.parse(process.argv[2] ?? '') as ListerPlan;
const [paris, london] = [createBareClient(plan.paris), createBareClient(plan.london)];
const selector = labelSelectorToString({ matchLabels: chosen });
const own = { namespace: ownNamespace };
await Promise.all([
  london.list(serviceMirrors),
  london.list(links),
  london.list(services),
  london.list(endpointSlices, { labelSelector: `${keys.sliceManagedBy}=${managedBy}` }),
  london.list(namespaces),
  london.list(secrets, own),
  london.list(configMaps, own),
  london.list(pods, own),
  paris.list(services, { labelSelector: selector }),
  paris.list(endpointSlices, { labelSelector: selector }),
]);
process.exit(0);
