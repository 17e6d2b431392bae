import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Chart, Testing } from 'cdk8s';
import { Link, ServiceMirror, type LinkSpecProps } from './constructs.js';

const aChart = () => new Chart(new App(), 'test', { namespace: 'shop' });

test('Link writes what it is given, without defaults', () => {
  const chart = aChart();
  const spec: LinkSpecProps = { credentialsSecretRef: { name: 'link-paris' }, imports: {} };
  new Link(chart, 'paris', { metadata: { name: 'paris' }, spec });
  const [written] = Testing.synth(chart) as { kind: string; spec: unknown }[];
  assert.equal(written?.kind, 'Link');
  assert.deepEqual(written.spec, spec);
});

test('ServiceMirror takes the namespace of its chart', () => {
  const chart = aChart();
  const spec = { cluster: 'paris', service: { name: 'bar' } };
  new ServiceMirror(chart, 'bar', { metadata: { name: 'bar' }, spec });
  assert.deepEqual(Testing.synth(chart), [
    {
      apiVersion: 'linkerd.io/v1alpha1',
      kind: 'ServiceMirror',
      metadata: { name: 'bar', namespace: 'shop' },
      spec,
    },
  ]);
});

test('ServiceMirror fails the synthesis of what the API server would refuse', () => {
  const chart = aChart();
  new ServiceMirror(chart, 'bar', { spec: { cluster: 'local', service: { name: 'bar' } } });
  assert.throws(() => Testing.synth(chart) as unknown, /spec\.cluster: .* write the name of a Link/);
});

test('Link fails the synthesis of what the API server would refuse', () => {
  const chart = aChart();
  new Link(chart, 'paris', { metadata: { name: 'paris' }, spec: { exports: { services: {} } } });
  assert.throws(() => Testing.synth(chart) as unknown, /spec\.exports\.services: .* write all: true/);
});
