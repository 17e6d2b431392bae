import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap, labelled } from '../../../test/gen/gen.js';
import { aWorld, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { encodeRecord } from '../../transport/ports.js';
import { isAlreadyExists, isConflict } from '../../runtime/errors.js';
import { createPortRecords } from './portrecord.js';

const of = (world: FakeCluster) => createPortRecords(world.kube, 'service-mirror');
const record = (...ports: number[]) => ({ cursor: 10_100, used: new Set(ports) });
const ours = labelled({ [keys.managedBy]: managedBy });
const inCluster = () => aConfigMap(ownNames.ports, encodeRecord(record(10_001)), ours);

describe('createPortRecords()', () => {
  it('reads an empty record where there is none', async () => {
    assert.deepEqual(await of(aWorld()).read(), { cursor: 10_000, used: new Set() });
  });

  it("neither reads nor writes over what is somebody else's, and says what mends it", async () => {
    const world = aWorld(aConfigMap(ownNames.ports, {}));
    const says =
      /ConfigMap service-mirror\/service-mirror-ports lacks the label .*no egress port.*kubectl label/;
    await assert.rejects(() => of(world).read(), says);
    assert.deepEqual(world.written(), []);
  });

  it('writes over what it has read, and over what it has written itself', async () => {
    const world = aWorld(inCluster());
    const records = of(world);
    assert.deepEqual(await records.read(), record(10_001));
    await records.write(record(10_002));
    await records.write(record(10_003));
    assert.deepEqual(await of(world).read(), record(10_003));
  });

  it('writes over no record that another has written since, until it has read that', async () => {
    const world = aWorld(inCluster());
    const [stalled, successor] = [of(world), of(world)];
    await stalled.read();
    await successor.read();
    await successor.write(record(10_002));
    await assert.rejects(() => stalled.write(record(10_003)), isConflict);
    assert.deepEqual(await stalled.read(), record(10_002));
    await stalled.write(record(10_003));
  });

  it('writes over no record that another has made since', async () => {
    const world = aWorld();
    const [stalled, successor] = [of(world), of(world)];
    await stalled.read();
    await successor.write(record(10_002));
    await assert.rejects(() => stalled.write(record(10_003)), isAlreadyExists);
  });

  it('makes a record anew that was deleted', async () => {
    const world = aWorld(inCluster());
    const records = of(world);
    await records.read();
    world.drop(inCluster());
    await records.write(record(10_002));
    assert.deepEqual(await of(world).read(), record(10_002));
  });
});
