import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aConfigMap, labelled } from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { keys, managedBy, ownNames } from '../../api/names.js';
import { encodeRecord } from '../../transport/ports.js';
import { isAlreadyExists, isConflict } from '../../runtime/errors.js';
import { createPortRecords } from './portrecord.js';

const of = (fake: FakeCluster) => createPortRecords(fake.kube, 'service-mirror');
const record = (...ports: number[]) => ({ cursor: 10_100, used: new Set(ports) });
const ours = labelled({ [keys.managedBy]: managedBy });
const inCluster = () => aConfigMap(ownNames.ports, encodeRecord(record(10_001)), ours);

describe('createPortRecords()', () => {
  it('reads an empty record where there is none', async () => {
    assert.deepEqual(await of(aFakeCluster()).read(), { cursor: 10_000, used: new Set() });
  });

  it("neither reads nor writes over what is somebody else's, and says what mends it", async () => {
    const fake = aFakeCluster(aConfigMap(ownNames.ports, {}));
    const says =
      /ConfigMap service-mirror\/service-mirror-ports lacks the label .*no egress port.*kubectl label/;
    await assert.rejects(() => of(fake).read(), says);
    assert.deepEqual(fake.written(), []);
  });

  it('writes over what it has read, and over what it has written itself', async () => {
    const fake = aFakeCluster(inCluster());
    const records = of(fake);
    assert.deepEqual(await records.read(), record(10_001));
    await records.write(record(10_002));
    await records.write(record(10_003));
    assert.deepEqual(await of(fake).read(), record(10_003));
  });

  it('writes over no record that another has written since, until it has read that', async () => {
    const fake = aFakeCluster(inCluster());
    const [stalled, successor] = [of(fake), of(fake)];
    await stalled.read();
    await successor.read();
    await successor.write(record(10_002));
    await assert.rejects(() => stalled.write(record(10_003)), isConflict);
    assert.deepEqual(await stalled.read(), record(10_002));
    await stalled.write(record(10_003));
  });

  it('writes over no record that another has made since', async () => {
    const fake = aFakeCluster();
    const [stalled, successor] = [of(fake), of(fake)];
    await stalled.read();
    await successor.write(record(10_002));
    await assert.rejects(() => stalled.write(record(10_003)), isAlreadyExists);
  });

  it('makes a record anew that was deleted', async () => {
    const fake = aFakeCluster(inCluster());
    const records = of(fake);
    await records.read();
    fake.drop(inCluster());
    await records.write(record(10_002));
    assert.deepEqual(await of(fake).read(), record(10_002));
  });
});
