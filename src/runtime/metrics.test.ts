import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gauge } from 'prom-client';
import { createMetrics } from './metrics.js';

test('forget() takes every series that carries the labels, histograms and added metrics included, and no other', async () => {
  const metrics = createMetrics();
  const own = new Gauge({
    name: 'own',
    help: 'x',
    labelNames: ['cluster', 'a'],
    registers: [metrics.registry],
  });
  for (const cluster of ['paris', 'rome']) {
    metrics.request({ cluster, verb: 'get', resource: 'pods', code: '200', seconds: 1 });
    metrics.request({ cluster, verb: 'list', resource: 'pods', code: '200', seconds: 1 });
    metrics.objects.set({ cluster, resource: 'pods' }, 3);
    own.set({ cluster, a: 'x' }, 1);
  }
  await metrics.forget({ cluster: 'paris' });
  const text = await metrics.registry.metrics();
  assert.doesNotMatch(text, /paris/);
  assert.match(text, /rest_client_request_duration_seconds_count\{cluster="rome",verb="get"\} 1/);
  assert.match(text, /own\{cluster="rome",a="x"\} 1/);
});

test('a watch is counted and not timed', async () => {
  const metrics = createMetrics();
  metrics.request({ cluster: 'local', verb: 'watch', resource: 'pods', code: '200' });
  const text = await metrics.registry.metrics();
  assert.match(
    text,
    /rest_client_requests_total\{cluster="local",verb="watch",resource="pods",code="200"\} 1/,
  );
  assert.doesNotMatch(text, /rest_client_request_duration_seconds_count\{/);
});

test('two registries do not know of each other', async () => {
  createMetrics().queueDepth.set({ name: 'a' }, 1);
  assert.doesNotMatch(await createMetrics().registry.metrics(), /name="a"/);
});
