import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../../../../test/gen/numbers.js';
import { ImmutableMap } from '../../../runtime/immutable.js';
import type { Export } from '../../model.js';
import { createRights, type RightsInput } from './rights.js';

const [london, berlin] = [
  { link: 'cluster-b', cluster: 'london' },
  { link: 'cluster-c', cluster: 'berlin' },
];
const anExport = (serviceId: string, ...allow: string[]): Export => ({
  ...{ serviceId, target: { host: '10.96.0.10', port: 8080 }, protocol: { kind: 'tcp' } },
  allow: new Set(allow),
});
const rightsOf = (change: Partial<RightsInput> = {}) =>
  createRights('cluster.local')({
    ...{ callers: [london, berlin], exports: [anExport('s-1', 'cluster-b', 'gone')], cluster: 'paris' },
    ...change,
  });

test('a server name leads to its target', () => {
  assert.deepEqual([...rightsOf().targets], [['s-1.paris.mirror.internal', '10.96.0.10|8080']]);
});

test('a caller is granted what is exported to its link, and the peer channel; a link without a peer nothing', () => {
  const grants = ['cluster-b|london|gateway', 'cluster-c|berlin|gateway', 'cluster-b|london|s-1'];
  const ofOperators = ['cluster-b|london|operator|gateway', 'cluster-c|berlin|operator|gateway'];
  assert.deepEqual(new Set(rightsOf().grants.keys()), new Set([...grants, ...ofOperators]));
});

test('a link that comes to stand for another cluster has other grants', () => {
  const [before, after] = [london, { ...london, cluster: 'rome' }].map(
    (caller) => rightsOf({ callers: [caller] }).grants,
  );
  assert.ok([...before!.keys()].every((grant) => !after!.has(grant)));
});

test('nothing changes while callers and exports say the same', () => {
  const rights = createRights('cluster.local');
  const exports = ImmutableMap.of([['s-1', anExport('s-1', 'cluster-b')]]);
  const [before, after] = [0, 1].map(() =>
    rights({ callers: [{ ...london }, { ...berlin }], exports, cluster: 'paris' }),
  );
  assert.deepEqual([after?.targets === before?.targets, after?.grants === before?.grants], [true, true]);
});

test('rights that follow others are what new ones would be, after any changes', () => {
  const rights = createRights('cluster.local');
  const random = numbers(3);
  const clusters = ['london', 'berlin', 'rome'];
  let exports = ImmutableMap.of<string, Export>();
  for (let round = 0; round < 500; round++) {
    for (let change = random(3); change > 0; change--) {
      const id = `s-${random(10)}`;
      const allow = ['cluster-b', 'cluster-c'].filter(() => random(2) === 0);
      const one = { ...anExport(id, ...allow), target: { host: '10.96.0.1', port: 80 + random(2) } };
      exports = exports.with([[id, random(3) === 0 ? undefined : one]]);
    }
    const callers = ['cluster-b', 'cluster-c']
      .filter(() => random(5) > 0)
      .map((link) => ({ link, cluster: clusters[random(10)] ?? 'london' }));
    const input = { callers, exports, cluster: random(20) === 0 ? 'lyon' : 'paris' };
    const [is, expected] = [rights(input), rightsOf(input)];
    assert.deepEqual(new Map(is.targets), new Map(expected.targets), `round ${round}`);
    assert.deepEqual(new Map(is.grants), new Map(expected.grants), `round ${round}`);
  }
});
