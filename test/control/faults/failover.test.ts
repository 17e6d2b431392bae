import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { endpointSlices, serviceMirrors, services } from '../../../src/api/resources.js';
import type { MirrorCluster } from '../../../src/api/servicemirror.js';
import { aMirror, aService, aSlice, endpoint, of, ofClusters, port } from '../../gen/gen.js';
import { startLondon, type London } from './london.js';

/** How many mirrors move at once. */
const many = 300;

let london: London;
beforeEach(async () => {
  london = await startLondon();
});
afterEach(async () => {
  await london.close();
});

const members: MirrorCluster[] = [{ name: 'lost' }, { name: 'paris', priority: 1 }];
const display = (name: string) =>
  london.api.find(serviceMirrors, `default/${name}`)?.status?.endpoints?.display;

/** Mirrors of Link `lost`, for which Link `paris` stands by. */
async function arrange(names: readonly string[]): Promise<void> {
  for (const name of names) {
    london.paris.put(services, aService(name, port(80)));
    london.paris.put(endpointSlices, aSlice(name, endpoint('10.9.0.1')));
    london.api.put(serviceMirrors, aMirror(name, of('lost', `default/${name}`), ofClusters(...members)));
  }
  await shown(names, 'lost 1/1, paris 1/1 standby');
}

const shown = (names: readonly string[], text: string) =>
  london.until(() => names.every((name) => display(name) === text));

/** How often each kind of write was begun since, of those for mirrors. */
function written(): Record<string, number> {
  const kinds = london.begun
    .map((write) => write.split(' ').slice(0, 2).join(' '))
    .filter((kind) => /services|endpointslices|servicemirrors|events/.test(kind));
  london.begun.length = 0;
  return Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]));
}

/** The addresses of a mirror's slices that may be called, by slice. */
const called = (name: string) =>
  london.api
    .all(endpointSlices)
    .filter(({ metadata }) => metadata.name.startsWith(`${name}-mirror-`))
    .flatMap(({ metadata, endpoints }) =>
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false) ? [metadata.name] : [],
    );

test(`when a gateway is lost, ${many} mirrors cost a write for each of two clusters and a status, and no Service`, async () => {
  const names = Array.from({ length: many }, (_, n) => `hello-${n}`);
  await london.start();
  await arrange(names);
  written();
  for (const [answers, text] of [
    [false, 'lost 1/1 down, paris 1/1'],
    [true, 'lost 1/1, paris 1/1 standby'],
  ] as const) {
    london.gatewayAnswers = answers;
    await shown(names, text);
    const { 'create events': events = 0, ...others } = (await london.clock.advance(30_000), written());
    assert.deepEqual(others, { 'patch endpointslices': 2 * many, 'replace servicemirrors': many });
    assert.ok(events <= 5, `${events} Events`);
  }
});

/** Starts the operator anew while the API servers of all clusters are away, and lets two minutes pass. */
async function restartsBlind(stop: () => Promise<void>): Promise<() => Promise<void>> {
  london.paris.fault({ times: Infinity }, { kind: 'reset' });
  london.paris.disconnect();
  await london.ends(stop);
  written();
  const again = await london.start();
  const end = london.clock.monotonic() + 120_000;
  await london.until(() => london.clock.monotonic() >= end, 1_000);
  return again;
}

const [lost, paris] = ['hello-mirror-ipv4-0', 'hello-mirror-paris-ipv4-0'];

test('a start while all API servers are away writes no slice', async () => {
  const stop = await london.start();
  await arrange(['hello']);
  await restartsBlind(stop);
  const { 'replace servicemirrors': statuses = 0, 'create events': _events, ...others } = written();
  assert.deepEqual(others, {});
  // after a minute the status says that there is no contact
  assert.ok(statuses <= 2, `${statuses} statuses`);
  assert.deepEqual(called('hello'), [lost]);
});

test('a start while all API servers are away leaves traffic where it has gone, and lets it go back', async () => {
  const stop = await london.start();
  await arrange(['hello']);
  london.gatewayAnswers = false;
  await shown(['hello'], 'lost 1/1 down, paris 1/1');
  await restartsBlind(stop);
  const { 'patch endpointslices': slices = 0 } = written();
  assert.equal(slices, 0);
  assert.deepEqual(called('hello'), [paris]);
  london.gatewayAnswers = true;
  await london.until(() => called('hello').join() === lost);
});

test('a start in the middle of a switch, while all API servers are away, leaves traffic where its slices lead', async () => {
  const stop = await london.start();
  await arrange(['hello']);
  await london.ends(stop);
  // as if traffic had just gone from `paris` to `lost`, and only the slices were written
  const mirror = structuredClone(london.api.find(serviceMirrors, 'default/hello')!);
  mirror.spec.clusters = [{ name: 'paris' }, { name: 'lost', priority: 1 }];
  for (const record of mirror.status?.backends ?? [])
    record.state = record.cluster === 'paris' ? 'Serving' : 'Standby';
  london.api.put(serviceMirrors, mirror);
  await restartsBlind(() => Promise.resolve());
  assert.equal(written()['patch endpointslices'], undefined);
  assert.deepEqual(called('hello'), [lost]);
});
