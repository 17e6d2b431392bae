import { serviceMirrors, services } from '../../../src/api/resources.js';
import { createKube } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/local.js';
import { follow } from '../../clusters/follow.js';
import { namespace } from './plane.js';

// A bare watch: it receives every event, and does nothing with it. Its arguments are the path of a kubeconfig and a kind.
const [path = '', kind] = process.argv.slice(2);
const kube = createKube(await loadLocal(path), { fieldManager: 'bench' });
const { signal } = new AbortController();
const nothing = { namespace, tell: () => {} };
if (kind === 'services') await follow(kube, services, nothing, signal);
else await follow(kube, serviceMirrors, nothing, signal);
