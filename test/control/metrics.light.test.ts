import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureExpiry } from '../../src/controllers/gateway/expiry.js';
import { createGatewayMetrics } from '../../src/gateway/agent/metrics.js';
import { createMetrics, type Metrics } from '../../src/runtime/metrics.js';
import { run } from '../../tools/clusters/exec.js';
import { toStderr } from '../../tools/clusters/progress.js';
import { ensureUnpacked } from '../../tools/debian/unpack.js';

/** Names that dashboards for all controllers read; everything else of ours says whose it is. */
const shared = /^(workqueue|controller_runtime|rest_client)_/;

/** All series of operator and gateways, but those that prom-client measures of every Node process. */
function allSeries(): Metrics {
  const metrics = createMetrics();
  createGatewayMetrics(metrics);
  measureExpiry({
    caches: { secrets: { get: () => undefined } as never },
    self: { namespace: 'service-mirror' },
    registry: metrics.registry,
  });
  return metrics;
}

test('every series is ours by its name, or one that all controllers have', () => {
  const names = allSeries()
    .registry.getMetricsAsArray()
    .map(({ name }) => name);
  assert.ok(names.length > 15, names.join());
  for (const name of names) assert.ok(name.startsWith('service_mirror_') || shared.test(name), name);
});

test('promtool finds nothing to say of names, units and texts', async () => {
  const { program } = await ensureUnpacked(
    { path: 'usr/bin/promtool', packages: ['prometheus'], folder: 'promtool-trixie-1' },
    toStderr,
  );
  const metrics = allSeries();
  // a series without a value is not shown, and so not judged
  metrics.request({ cluster: 'paris', verb: 'get', resource: 'services', code: '200', seconds: 0.1 });
  assert.equal(await run([program, 'check', 'metrics'], { input: await metrics.registry.metrics() }), '');
  // and it does judge
  const bad =
    '# HELP service_mirror_wrong_total Wrong.\n# TYPE service_mirror_wrong_total gauge\nservice_mirror_wrong_total 1\n';
  await assert.rejects(run([program, 'check', 'metrics'], { input: bad }));
});
