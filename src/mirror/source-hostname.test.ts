import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aView, ofPod, port } from '../../test/gen/gen.js';
import { aHeadless, aPodSlice } from '../../test/gen/pods.js';
import { matches } from '../runtime/selector.js';
import { tunnel } from '../transport/gateway.js';
import { whyNotAccepted } from './accept.js';
import { isSliceOf } from './backends.js';
import { ownAnnotations } from './metadata.js';
import { sourceOf } from './source.js';

const mirror = aMirror('db-0', ofPod('paris', 'default/db', 'db-0'));
const service = aHeadless('db', port(5432, { name: 'db' }));
const slices = [
  aPodSlice('db', [
    ['db-0', '10.1.0.1'],
    ['db-1', '10.1.0.2'],
  ]),
];
const seen = (remote: object = {}) => aView({ mirror, remote: { synced: true, service, slices, ...remote } });

describe('a mirror of one pod', () => {
  it('has the endpoint of that host name alone, and is not headless', () => {
    const source = sourceOf(seen(), tunnel.limits);
    assert.ok(source.kind === 'live');
    assert.deepEqual([source.headless, source.ready, source.total], [false, 1, 1]);
    assert.deepEqual(
      source.slices.flatMap((slice) => (slice.endpoints ?? []).map(({ addresses }) => addresses[0])),
      ['10.1.0.1'],
    );
  });

  it('has none while no pod has that name', () => {
    const source = sourceOf(seen({ slices: [aPodSlice('db', [['db-1', '10.1.0.2']])] }), tunnel.limits);
    assert.ok(source.kind === 'live');
    assert.deepEqual([source.ready, source.total], [0, 0]);
  });

  const accepted = (view = seen()) =>
    whyNotAccepted({ view, source: sourceOf(view, tunnel.limits), limits: tunnel.limits, matches });

  it('is accepted over a transport that has no other way for headless services', () =>
    assert.equal(accepted(), undefined));

  it('is refused where the service has a cluster IP, with the field and the fix', () => {
    const why = accepted(seen({ service: aService('db', port(5432)) }));
    assert.equal(why?.reason, 'InvalidSpec');
    assert.match(why?.message ?? '', /^spec\.service\.hostname: .*leave hostname out/);
  });

  it('knows its slices from those of another pod, and from those of the service', () => {
    const of = (hostname?: string) => ({
      ...{ cluster: 'paris', namespace: 'default', name: 'db' },
      ...(hostname !== undefined && { hostname }),
    });
    const annotations = ownAnnotations(of('db-0'));
    assert.deepEqual(annotations, { 'linkerd.io/remote-service': 'default/db-0.db' });
    const slice = { ...slices[0]!, metadata: { ...slices[0]!.metadata, annotations } };
    assert.deepEqual(
      [of('db-0'), of('db-1'), of()].map((backend) => isSliceOf(slice, backend)),
      [true, false, false],
    );
  });
});
