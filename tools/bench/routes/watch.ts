import { services } from '../../../src/api/resources.js';
import { createKube } from '../../../src/runtime/kube.js';
import { loadLocal } from '../../../src/runtime/local.js';
import { follow } from '../../clusters/follow.js';
import { namespace } from './plane.js';

// A bare watch: it receives every event of a Service, and does nothing with it. Its argument is the path of a kubeconfig.
const kube = createKube(await loadLocal(process.argv[2] ?? ''), { fieldManager: 'bench' });
await follow(kube, services, { namespace, tell: () => {} }, new AbortController().signal);
