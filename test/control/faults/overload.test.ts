import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { endpointSlices, services } from '../../../src/api/resources.js';
import { aSlice, endpoint } from '../../gen/gen.js';
import { startLondon, type London } from './london.js';

/** Mirrors that are there and ready before anything goes wrong; `lost-…` hang on the gateway that will be lost. */
const present = { paris: ['changed'], lost: ['lost-0', 'lost-1'] } as const;

/** Writes of one kind that an operator has under way at most. */
const most = 24;

/** Writes of the import that may begin while something urgent waits: other kinds of writes have places of their own. */
const few = 8;

/** Of the same kind: one key in eight is the oldest of all. */
const fewer = 1;

/** What follows on a change of `changed`, and on the loss of the gateway. */
const first = ['changed', ...present.lost].map(
  (name) => `patch endpointslices default/${name}-mirror-ipv4-0`,
);

suite('an API server that has too much to do', () => {
  let london: London;
  beforeEach(async () => {
    london = await startLondon();
    london.mirrors(present.paris);
    london.mirrors(present.lost, 'lost');
    await london.start();
    await london.until(() =>
      [...present.paris, ...present.lost].every((name) => london.says(name, 'Ready', 'True')),
    );
  });
  afterEach(async () => {
    await london.close();
  });

  /** Mirrors that are new, more than can be written at once. */
  const imported = (many: number) => {
    const names = Array.from({ length: many }, (_, n) => `new-${n}`);
    london.mirrors(names);
    return names;
  };
  const isAllDone = (names: readonly string[]) =>
    [...present.paris, ...names].every((name) => london.says(name, 'Ready', 'True')) &&
    present.lost.every((name) => london.says(name, 'Ready', 'False'));
  const slicesOf = (writes: readonly string[]) => writes.filter((line) => line.includes(' endpointslices '));
  const bulk = (writes: readonly string[]) => writes.filter((line) => line.includes(' default/new-'));

  test('it refuses all writes for a minute: few are tried, and then the urgent ones are the first', async (t) => {
    const { api, paris, clock, begun } = london;
    const accepts = ['POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
      api.fault(
        { method, times: Infinity },
        { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
      ),
    );
    const from = api.seen.length;
    const tried = (plural: string) =>
      api.seen.slice(from).filter(({ method, path }) => method !== 'GET' && path.includes(`/${plural}`))
        .length;
    const [began, many] = [clock.monotonic(), 100];
    const names = imported(many);
    await london.until(() => tried('services') >= most / 2);
    paris.put(endpointSlices, aSlice('changed', endpoint('10.9.0.2')));
    london.gatewayAnswers = false;
    await london.until(() => clock.monotonic() - began >= 60_000, 250);
    for (const plural of ['services', 'endpointslices', 'servicemirrors']) {
      t.diagnostic(`${plural}: ${tried(plural)} requests in a minute`);
      // half as many each second, and then two
      assert.ok(tried(plural) <= most + most / 2 + most / 4 + most / 8 + 2 * 60, plural);
    }

    const mark = begun.length;
    for (const accept of accepts) accept();
    await london.until(() => isAllDone(names));
    const writes = begun.slice(mark);
    const slices = slicesOf(writes);
    assert.deepEqual(slices.slice(0, first.length).toSorted(), first.toSorted());
    const before = bulk(writes.slice(0, Math.max(...first.map((line) => writes.indexOf(line)))));
    t.diagnostic(`${before.length} writes of the import were begun before the last urgent one`);
    assert.ok(before.length <= few, before.join('\n'));
    const created = (plural: string) => writes.filter((line) => line.startsWith(`create ${plural}`)).length;
    assert.deepEqual([created('services'), created('endpointslices')], [many, many]);
    assert.deepEqual([api.all(services).length, api.all(endpointSlices).length], [many + 3, many + 3]);
  });

  // an import that is still under way when the gateway counts as lost, after three seconds
  for (const [what, delay, many] of [
    ['with a slow disk', 200, 400],
    ['that is overloaded', 3_000, 200],
  ] as const)
    test(`one ${what} takes ${delay} ms for a write: what is urgent does not wait for the import`, async (t) => {
      const { api, paris, clock, begun } = london;
      london.beforeWrite = () => clock.sleep(delay);
      const names = imported(many);
      await london.until(() => api.all(services).length > 40, delay / 4);
      london.gatewayAnswers = false;
      await london.until(() => london.refusedProbes >= 2, delay / 4);
      paris.put(endpointSlices, aSlice('changed', endpoint('10.9.0.2')));
      await london.until(() => london.refusedProbes >= 3, delay / 4);
      const mark = begun.length;
      const missing = () => first.filter((line) => !begun.includes(line));
      await london.until(() => missing().length === 0, delay / 4);
      const last = Math.max(...first.map((line) => begun.indexOf(line)));
      const meanwhile = bulk(begun.slice(mark, last));
      t.diagnostic(`${meanwhile.length} writes of the import were begun before the last urgent one`);
      assert.ok(api.all(services).length < many, 'the import is still under way');
      assert.ok(meanwhile.length <= few, meanwhile.join('\n'));
      assert.ok(slicesOf(meanwhile).length <= fewer, meanwhile.join('\n'));
      london.beforeWrite = () => undefined;
      await london.until(() => isAllDone(names));
    });
});
