import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { createMetrics } from '../../runtime/metrics.js';
import { notInForceReasons, nowhereToDial, portRefused } from '../outcome.js';
import { createGatewayMetrics } from './metrics.js';

/** The lines of the gateway's series, without comments. */
async function lines(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  const text = await metrics.registry.metrics();
  // what has no labels, or no others than known ones, is there from the start
  const silent = /^service_mirror_gateway_(reloads|applied|not_in_force)/;
  return text.split('\n').filter((line) => line.startsWith('service_mirror_gateway_') && !silent.test(line));
}

test('connections, bytes and refusals are counted by link', async () => {
  const metrics = createMetrics();
  const { events } = createGatewayMetrics(metrics);
  events.opened('paris');
  events.opened('paris');
  events.moved('paris', { sent: 10, received: 20 });
  events.closed('paris');
  events.refused('NotAllowed', 'rome');
  events.refused('Untrusted');
  assert.deepEqual(await lines(metrics), [
    'service_mirror_gateway_connections{link="paris"} 1',
    'service_mirror_gateway_connections_total{link="paris"} 2',
    'service_mirror_gateway_bytes_total{link="paris",direction="sent"} 10',
    'service_mirror_gateway_bytes_total{link="paris",direction="received"} 20',
    'service_mirror_gateway_refused_total{link="rome",reason="NotAllowed"} 1',
    'service_mirror_gateway_refused_total{link="",reason="Untrusted"} 1',
  ]);
});

test('how fast peers answer is told for as long as they do, and of no link that is gone', async () => {
  const metrics = createMetrics();
  const { reports, keep } = createGatewayMetrics(metrics);
  const told = async () => (await lines(metrics)).filter((line) => line.includes('_answer_'));
  reports(
    new Map([
      ['paris', { answersIn: 40 }],
      ['rome', {}],
    ]),
  );
  assert.deepEqual(await told(), ['service_mirror_gateway_answer_seconds{link="paris"} 0.04']);
  reports(
    new Map([
      ['paris', {}],
      ['rome', { answersIn: 3 }],
    ]),
  );
  assert.deepEqual(await told(), ['service_mirror_gateway_answer_seconds{link="rome"} 0.003']);
  keep(new Set(['paris']));
  await eventually(async () => assert.deepEqual(await told(), []));
  reports(new Map([['rome', { answersIn: 3 }]]));
  assert.deepEqual(await told(), []);
});

test('the series of a link go with it, and no others', async () => {
  const metrics = createMetrics();
  const { events, keep } = createGatewayMetrics(metrics);
  keep(new Set(['paris', 'rome']));
  for (const link of ['paris', 'rome']) events.refused('NotAllowed', link);
  events.refused('Untrusted');
  keep(new Set(['rome']));
  await eventually(async () =>
    assert.deepEqual(await lines(metrics), [
      'service_mirror_gateway_refused_total{link="rome",reason="NotAllowed"} 1',
      'service_mirror_gateway_refused_total{link="",reason="Untrusted"} 1',
    ]),
  );
});

test('what is told of a link after it has gone brings no series back, whether it had any or not', async () => {
  const metrics = createMetrics();
  const { events, keep } = createGatewayMetrics(metrics);
  keep(new Set(['paris', 'rome']));
  events.opened('paris');
  keep(new Set());
  await eventually(async () => assert.deepEqual(await lines(metrics), []));
  for (const link of ['paris', 'rome']) {
    events.opened(link);
    events.moved(link, { sent: 1, received: 1 });
    events.refused('NotAllowed', link);
    events.closed(link);
  }
  events.closed('paris');
  assert.deepEqual(await lines(metrics), []);
});

test('a link that is there again counts its own connections, and not the ends of earlier ones', async () => {
  const metrics = createMetrics();
  const { events, keep } = createGatewayMetrics(metrics);
  keep(new Set(['paris']));
  events.opened('paris');
  keep(new Set());
  keep(new Set(['paris']));
  await eventually(async () => assert.deepEqual(await lines(metrics), []));
  events.closed('paris');
  events.opened('paris');
  assert.deepEqual(await lines(metrics), [
    'service_mirror_gateway_connections{link="paris"} 1',
    'service_mirror_gateway_connections_total{link="paris"} 1',
  ]);
});

test('what is told before any link is known counts, until it turns out that there is no such link', async () => {
  const metrics = createMetrics();
  const { events, keep } = createGatewayMetrics(metrics);
  for (const link of ['paris', 'rome']) events.opened(link);
  keep(new Set(['paris']));
  events.closed('paris');
  events.closed('rome');
  await eventually(async () =>
    assert.deepEqual(await lines(metrics), [
      'service_mirror_gateway_connections{link="paris"} 0',
      'service_mirror_gateway_connections_total{link="paris"} 1',
    ]),
  );
});

test('what HAProxy has, and how long a state took, is counted without a link', async () => {
  const metrics = createMetrics();
  const { events, applied } = createGatewayMetrics(metrics);
  events.reloaded?.();
  events.entries?.('routes', 3);
  applied(20);
  const text = await metrics.registry.metrics();
  for (const line of [
    'service_mirror_gateway_reloads_total 1',
    'service_mirror_gateway_map_entries{map="routes"} 3',
    'service_mirror_gateway_applied_seconds_bucket{le="0.01"} 0',
    'service_mirror_gateway_applied_seconds_bucket{le="0.025"} 1',
    'service_mirror_gateway_applied_seconds_sum 0.02',
  ]) {
    assert.ok(text.includes(`${line}\n`), line);
  }
});

test('parts that are not in force are counted by reason, each reason from the start', async () => {
  const metrics = createMetrics();
  const { outcome } = createGatewayMetrics(metrics);
  const counted = async () => {
    const text = await metrics.registry.metrics();
    const counts = text.matchAll(/^service_mirror_gateway_not_in_force\{reason="(\w+)"\} (\d+)$/gm);
    return new Map([...counts].map(([, reason, count]) => [reason, count]));
  };
  const before = await counted();
  assert.deepEqual([...before.keys()], [...notInForceReasons]);
  outcome([nowhereToDial('rome'), portRefused(10_000), portRefused(10_001)]);
  const during = await counted();
  assert.deepEqual([during.get('NoAddress'), during.get('PortUnavailable')], ['1', '2']);
  outcome([]);
  assert.deepEqual(await counted(), before);
});
