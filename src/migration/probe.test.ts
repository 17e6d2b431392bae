import { suite } from 'node:test';
import { gateway, testCases, usual, type Fields } from '../../test/gen/linkerd.js';

const probe = (fields: Fields): Fields => ({ probeSpec: { ...(usual['probeSpec'] as Fields), ...fields } });
const probed = (fields: Fields): Fields => ({ gateway: { ...gateway, probe: fields } });

suite('translateLink() translates', () => {
  testCases({
    'another path of the probe': { from: probe({ path: '/live' }), to: probed({ path: '/live' }) },
    'no path, with which Linkerd does not probe': {
      from: probe({ path: '' }),
      to: {},
      remarks: ['spec.probeSpec.path'],
    },
    'another port of the probe': { from: probe({ port: '14191' }), to: probed({ port: 14191 }) },
    'another period, in the parts that Go writes': {
      from: probe({ period: '1m30s' }),
      to: probed({ period: '90s' }),
    },
    'a period with a fraction': { from: probe({ period: '1.5s' }), to: probed({ period: '1500ms' }) },
    'a period without a unit, which stops the prober of Linkerd': {
      from: probe({ period: '60' }),
      to: probed({ period: '1m' }),
      remarks: ['spec.probeSpec.period'],
      version: 'v1alpha1',
    },
    'a period that is too short here': {
      from: probe({ period: '10ms' }),
      to: probed({ period: '100ms' }),
      remarks: ['spec.probeSpec.period'],
    },
    'another timeout': { from: probe({ timeout: '5s' }), to: probed({ timeout: '5s' }) },
    'a timeout that is too long here': {
      from: probe({ timeout: '2h' }),
      to: probed({ timeout: '1m' }),
      remarks: ['spec.probeSpec.timeout'],
    },
    'the timeout that the CRD writes': {
      from: probe({ timeout: '30s' }),
      to: {},
      remarks: ['spec.probeSpec.timeout'],
    },
    'no timeout': { from: probe({ timeout: undefined }), to: {}, remarks: ['spec.probeSpec.timeout'] },
    'another threshold': { from: probe({ failureThreshold: '5' }), to: probed({ failureThreshold: 5 }) },
    'no threshold': { from: probe({ failureThreshold: undefined }), to: {} },
    'a threshold of 0': {
      from: probe({ failureThreshold: '0' }),
      to: probed({ failureThreshold: 1 }),
      remarks: ['spec.probeSpec.failureThreshold'],
    },
    'no probe at all': {
      from: { probeSpec: undefined },
      to: {},
      remarks: ['spec.probeSpec.path', 'spec.probeSpec.timeout'],
    },
    'a field of the probe that Linkerd does not know': {
      from: probe({ jitter: '1s' }),
      to: {},
      remarks: ['spec.probeSpec.jitter'],
    },
  });
});
