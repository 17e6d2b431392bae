import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySample, sampleOf } from './rows.js';

const used = (egress: number, ingress: number) => ({
  egress: { cpu: egress, memory: egress * 2 ** 20 },
  ingress: { cpu: ingress, memory: ingress * 2 ** 20 },
});

test('sampleOf() divides by the time and the count of each measurement', () => {
  const { total, egress, ingress } = sampleOf({
    requests: { seconds: 2, count: 1_000, errors: 0, used: used(0.02, 0.03) },
    rate: { seconds: 2, count: 10, errors: 0, p50: 0.4, p99: 1.5, used: used(9, 9) },
    connections: { seconds: 4, count: 100, errors: 0, used: used(0.1, 0.2) },
    stream: { seconds: 2, count: 4e9, errors: 0, used: used(2, 4) },
  });
  assert.deepEqual(total, {
    ...{ requests: 500, p50: 0.4, p99: 1.5, connections: 25, stream: 2_000 },
    ...{ requestCpu: 50, connectionCpu: 3_000, streamCpu: 1.5 },
  });
  assert.deepEqual(egress, { requestCpu: 20, connectionCpu: 1_000, streamCpu: 0.5 });
  assert.deepEqual(ingress, { requestCpu: 30, connectionCpu: 2_000, streamCpu: 1 });
});

test('sampleOf() says nothing of gateways where there are none', () => {
  const one = { seconds: 1, count: 1, errors: 0 };
  const { total } = sampleOf({ requests: one, rate: one, connections: one, stream: one });
  assert.deepEqual(Object.keys(total), ['requests', 'connections', 'stream']);
});

test('memorySample() adds what connections take to what was there before them', () => {
  const { total, ingress } = memorySample(used(20, 30), used(5, 7), 1_000);
  assert.deepEqual(total, { mirrorsMemory: 50, idleMemory: 62, connectionMemory: (12 * 1_048.576) / 1_000 });
  assert.deepEqual([ingress.mirrorsMemory, ingress.idleMemory], [30, 37]);
});
