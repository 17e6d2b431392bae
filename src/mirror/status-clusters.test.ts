import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  anInput,
  condition,
  endpoint,
  epoch,
  ofClusters,
  offering,
  ownedBy,
  port,
  unready,
  uptime,
  withStatus,
} from '../../test/gen/gen.js';
import { aSeenBackend } from '../../test/gen/backends.js';
import type { BackendState } from '../api/mirrorstatus.js';
import { decideStatus } from './status.js';

/** The decision about a mirror of paris, for which rome stands by and then lyon, which has not been seen. */
function decide(pod: 'ready' | 'gone', weight = 1): string {
  const told = (cluster: string, state: BackendState, priority: number) => ({
    ...{ cluster, namespace: 'default', name: 'hello', state, priority, weight: 1, ready: 1, total: 1 },
  });
  const mirror = aMirror(
    'hello-mirror',
    ofClusters({ name: 'paris', weight }, { name: 'rome', priority: 1 }, { name: 'lyon', priority: 2 }),
    withStatus({
      conditions: ['Accepted', 'Ready'].map((type) => condition(type)),
      backends: [told('paris', 'Serving', 0), told('rome', 'Standby', 1), told('lyon', 'Standby', 2)],
    }),
  );
  const service = aService('hello', port(80, { name: 'http' }));
  const local = aService('hello', port(80, { name: 'http' }), ownedBy(mirror));
  const at = pod === 'ready' ? endpoint('10.9.0.1') : unready('10.9.0.1');
  const slices = [aSlice('hello', offering('http'), at)];
  const paris = aSeenBackend('paris', { view: { mirror, local, remote: { synced: true, service, slices } } });
  const rome = aSeenBackend('rome', { view: { mirror, local } });
  const lyon = aSeenBackend('lyon', { view: { mirror, local, remote: { synced: false, slices: [] } } });
  const decision = decideStatus({ ...anInput(paris, rome, lyon), now: epoch, monotonic: uptime });
  if (decision.kind === 'keep') return 'keep';
  return (decision.status.backends ?? []).map(({ cluster, state }) => `${cluster} ${state}`).join(', ');
}

describe('the status of several clusters after a start, while one has not been seen', () => {
  it('stays while the same ones serve', () => assert.equal(decide('ready'), 'keep'));

  it('follows at once when another one serves, and leaves what it says of the one', () =>
    assert.equal(decide('gone'), 'paris NotReady, rome Serving, lyon Standby'));

  it('follows at once when the spec divides connections in another way', () =>
    assert.equal(decide('ready', 3), 'paris Serving, rome Standby, lyon Standby'));
});
