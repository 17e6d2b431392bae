import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorReconciles, sumOf } from './metrics.js';

const text = `# HELP controller_runtime_reconcile_total Reconciles by result.
# TYPE controller_runtime_reconcile_total counter
controller_runtime_reconcile_total{controller="services",result="success"} 10
controller_runtime_reconcile_total{controller="services",result="error"} 2
controller_runtime_reconcile_total{controller="status",result="success"} 5
controller_runtime_reconcile_total{controller="links",result="success"} 100
controller_runtime_reconcile_total_other{controller="status"} 1000
process_cpu_seconds_total 1.5
`;

test('sumOf() sums what has the labels', () => {
  assert.equal(sumOf(text, 'controller_runtime_reconcile_total', { result: 'success' }), 115);
  assert.equal(sumOf(text, 'process_cpu_seconds_total'), 1.5);
  assert.equal(sumOf(text, 'nothing'), 0);
});

test('mirrorReconciles() leaves out what is not done for mirrors', () =>
  assert.equal(mirrorReconciles(text), 17));
