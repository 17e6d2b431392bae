import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aService, endpoint, aSlice, offering, over, port } from '../../../test/gen/gen.js';
import { aRemote, type FakeCluster } from '../../../test/gen/cluster.js';
import { key, walkthrough } from '../../../test/gen/walkthrough.js';
import { allocatePorts } from './portallocation.js';
import { reconcileService } from './services.js';

const [http, https] = [port(80, { name: 'http' }), port(443, { name: 'https' })];

/** The remote service has these ports, and the local one, too. */
async function mirrored(fake: FakeCluster, ...ports: (typeof http)[]): Promise<void> {
  const services = [aService('hello', ...ports)];
  const slices = [aSlice('hello', offering('http', 'https'), endpoint('10.9.0.1'))];
  fake.remotes.clusters.set('paris', aRemote({ services, slices }));
  await reconcileService(fake)(key);
}

async function allocate(fake: FakeCluster): Promise<ReadonlyMap<string, string>> {
  const input = fake.gather(key);
  assert.ok(input);
  return allocatePorts(input, fake.ports);
}

const held = (fake: FakeCluster) => [...(fake.gather(key)?.backends[0].view.gatewayPorts ?? [])];

describe('allocatePorts()', () => {
  it('gives each port of the Service an egress port, once', async () => {
    const fake = walkthrough();
    await mirrored(fake, http, https);
    assert.equal((await allocate(fake)).size, 0);
    assert.deepEqual(held(fake), [
      [80, 10_000],
      [443, 10_001],
    ]);
    fake.written();
    await allocate(fake);
    assert.deepEqual(fake.written(), []);
    assert.equal(held(fake).length, 2);
  });

  it('frees those that are not needed any more', async () => {
    const fake = walkthrough();
    await mirrored(fake, http, https);
    await allocate(fake);
    await mirrored(fake, https);
    await allocate(fake);
    assert.deepEqual(held(fake), [[443, 10_001]]);
    fake.put(aLink('paris', over('flat')));
    await allocate(fake);
    assert.deepEqual(held(fake), []);
  });

  it('asks for none before there is a Service, and frees none while nothing is known', async () => {
    const fake = walkthrough();
    await allocate(fake);
    assert.deepEqual(fake.written(), []);
    await mirrored(fake, http);
    await allocate(fake);
    fake.remotes.clusters.set('paris', aRemote({ synced: false }));
    await allocate(fake);
    assert.deepEqual(held(fake), [[80, 10_000]]);
  });

  it('says how many have none, and why', async () => {
    const fake = walkthrough();
    await mirrored(fake, http, https);
    const ports = new Map([[80, 10_000]]);
    const input = fake.gather(key);
    assert.ok(input);
    const full = { ...fake.ports, claim: async () => [{ ports, exhausted: 'none is free' }] };
    assert.deepEqual(
      [...(await allocatePorts(input, full))],
      [['paris', '1 of 2 ports have no egress port: none is free']],
    );
  });
});
