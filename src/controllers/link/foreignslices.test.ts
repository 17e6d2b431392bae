import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { fakeClock, type FakeClock } from '../../../test/gen/clock.js';
import { startFakeApi, type FakeApi } from '../../../test/fakeapi/fakeapi.js';
import { aNamespace, aService, aSlice, endpoint, exported, port, slice } from '../../../test/gen/gen.js';
import { endpointSlices, namespaces, services } from '../../api/resources.js';
import { TooLargeError } from '../../runtime/errors.js';
import { createKube } from '../../runtime/kube.js';
import { silent } from '../../runtime/log.js';
import { createApiRemote } from './apiremote.js';
import type { Remote } from './remote.js';

let api: FakeApi;
let clock: FakeClock;
let stop: AbortController;
let over: Promise<void>;

beforeEach(async () => {
  api = await startFakeApi();
  api.put(namespaces, aNamespace('kube-system'));
  api.put(services, aService('hello', port(80), exported));
  api.put(services, aService('other', port(80)));
  clock = fakeClock();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await over;
  await api.close();
});

async function watch(cacheBytes = 1_000_000): Promise<Remote> {
  const kube = createKube(api.config, { fieldManager: 'tester', clock });
  const scope = { selector: 'mirror.linkerd.io/exported=true', namespaces: [] };
  const remote = createApiRemote(kube, scope, { clock, log: silent, onChange: () => {}, cacheBytes });
  over = remote.run(stop.signal);
  await eventually(() => remote.synced);
  await eventually(() => api.watches().length === 3);
  return remote;
}

const addresses = (remote: Remote, service: string) =>
  remote
    .view('default', service)
    .slices.flatMap(({ endpoints }) => endpoints?.flatMap((each) => each.addresses) ?? [])
    .toSorted();
const byHand = (service: string, ...hosts: string[]) =>
  aSlice(service, slice(`${service}-by-hand`), ...hosts.map((host) => endpoint(host)));
const many = Array.from({ length: 1_000 }, (_, n) => `10.8.${n >> 8}.${n & 255}`);
/** Lists of slices; a look at the newest version is none. */
const lists = () =>
  api.seen.filter(
    ({ path, query, watch }) => !watch && path.endsWith('/endpointslices') && query.get('limit') !== '1',
  ).length;

test('slices that others write for a Service that is not selected take no room, and no address of theirs stays', async () => {
  api.put(endpointSlices, byHand('hello', '10.9.0.1'));
  api.put(endpointSlices, byHand('other', ...many));
  // the slice of 1,000 endpoints alone would take some 30 kB
  const remote = await watch(10_000);
  assert.equal(remote.problem, undefined);
  assert.deepEqual(addresses(remote, 'hello'), ['10.9.0.1']);
  assert.deepEqual(addresses(remote, 'other'), []);
  api.put(endpointSlices, byHand('hello', ...many));
  await eventually(() => remote.problem?.error instanceof TooLargeError);
});

test('they are read when the Service comes to be selected, and go again some time after it is no more', async () => {
  api.put(endpointSlices, byHand('other', '10.9.0.2'));
  const remote = await watch();
  const before = lists();
  api.put(services, aService('other', port(80), exported));
  await eventually(async () => (await clock.advance(1), addresses(remote, 'other').length === 1));
  assert.equal(lists(), before + 1);
  // what comes now is taken as it is
  api.put(endpointSlices, byHand('other', '10.9.0.3'));
  await eventually(() => addresses(remote, 'other')[0] === '10.9.0.3');
  assert.equal(lists(), before + 1);
  api.put(services, aService('other', port(80)));
  await eventually(() => remote.view('default', 'other').service === undefined);
  await clock.advance(29_000);
  assert.deepEqual(addresses(remote, 'other'), ['10.9.0.3']);
  await eventually(async () => (await clock.advance(1_000), addresses(remote, 'other').length === 0));
  assert.equal(lists(), before + 2);
});

test('a Service that is selected and not, on and on, makes few lists', async () => {
  api.put(endpointSlices, byHand('other', '10.9.0.2'));
  const remote = await watch();
  const before = lists();
  for (let round = 0; round < 30; round += 1) {
    api.put(services, aService('other', port(80), exported));
    await eventually(() => remote.view('default', 'other').service !== undefined);
    await clock.advance(100);
    api.put(services, aService('other', port(80)));
    await eventually(() => remote.view('default', 'other').service === undefined);
    await clock.advance(100);
  }
  assert.ok(lists() - before <= 6, `${lists() - before} lists`);
});

test('slices of a Service that comes later than they do are not missed', async () => {
  const remote = await watch();
  api.put(endpointSlices, byHand('late', '10.9.0.4'));
  await eventually(() => remote.view('default', 'late').slices.length === 1);
  assert.deepEqual(addresses(remote, 'late'), []);
  api.put(services, aService('late', port(80), exported));
  await eventually(async () => (await clock.advance(1), addresses(remote, 'late')[0] === '10.9.0.4'));
});
