import assert from 'node:assert/strict';
import { test } from 'node:test';
import { services } from '../../../../src/api/resources.js';
import { sleeper, systemClock, type Clock } from '../../../../src/runtime/clock.js';
import type { KubeClient } from '../../../../src/runtime/kube.js';
import { aMirror, aService, aSlice, endpoint, labelled, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import { runInProcess } from '../../../driver/inprocess.js';
import type { OperatorClusters } from '../clusters.js';

/** How much faster than ours the operator's clock runs: a minute without contact is waited for in six seconds. */
const times = 10;

/** Longest wait (ms), also for what is tried again after a back-off. */
const patience = 20_000;

/** What takes an operator in this process to show. No other operator may run in London. */
export function faults(clusters: () => OperatorClusters): void {
  const access = () => clusters().london.access('service-mirror-operator');

  test('after a minute without contact a mirror no longer knows, and yet is ready', async () => {
    const { london, paris } = await clusters().namespace('patience');
    const patient = london.within(patience);
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    const stop = await runInProcess(await access(), { clock: fastClock(times) });
    try {
      await patient.mirrorSays('hello-mirror', 'Ready=True');
      const before = await london.service('hello');
      await clusters().paris.stopApiServer();
      try {
        const mirror = await patient.mirrorSays(
          'hello-mirror',
          'Synced=Unknown/LinkDisconnected',
          'Ready=True',
        );
        assert.match(
          messageOf(mirror),
          /1 of 1 .* as last seen, since the remote API server cannot be reached/,
        );
        assert.deepEqual(await london.service('hello'), before);
        assert.deepEqual(await london.endpoints('hello'), ['10.9.0.1']);
      } finally {
        await clusters().paris.startApiServer();
      }
      await patient.mirrorSays('hello-mirror', 'Synced=True', 'Ready=True');
    } finally {
      await stop();
    }
  });

  test('a write that was decided on an old view fails, and is decided again', async () => {
    const { london, paris } = await clusters().namespace('race');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    const lines: string[] = [];
    let overtaken = 0;
    /** Somebody is always a little faster, twice. */
    const overtake = (kube: KubeClient): KubeClient => ({
      ...kube,
      async mergePatch(resource, key, body, options, signal) {
        if (resource.plural === services.plural && key === 'race/hello' && overtaken < 2)
          await london.edits(services, 'hello', {
            metadata: { annotations: { [`overtaken-${++overtaken}`]: 'yes' } },
          });
        return kube.mergePatch(resource, key, body, options, signal);
      },
    });
    const stop = await runInProcess(await access(), { wrap: overtake, onLine: (line) => lines.push(line) });
    try {
      await london.within(patience).mirrorSays('hello-mirror', 'Ready=True');
      await paris.applies(aService('hello', port(80), labelled({ team: 'web' })));
      await eventually(async () => {
        const { labels, annotations } = (await london.service('hello')).metadata;
        assert.equal(labels?.['team'], 'web');
        assert.equal(annotations?.['overtaken-1'], 'yes');
        assert.equal(annotations?.['overtaken-2'], 'yes');
      }, patience);
      const refused = lines.filter(
        (line) => line.includes('the object changed meanwhile') && line.includes('"controller":"services"'),
      );
      assert.ok(refused.length >= 2, lines.join('\n'));
    } finally {
      await stop();
    }
  });

  test('a Service that somebody creates at the same moment is not taken over', async () => {
    const { london, paris } = await clusters().namespace('overtaken');
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    await london.applies(aMirror('hello-mirror'));
    const overtake = (kube: KubeClient): KubeClient => ({
      ...kube,
      async create(resource, object, signal) {
        if (resource.plural === services.plural && object.metadata.namespace === 'overtaken')
          await london.applies(aService('hello', port(8080)));
        return kube.create(resource, object, signal);
      },
    });
    const stop = await runInProcess(await access(), { wrap: overtake });
    try {
      await london.within(patience).mirrorSays('hello-mirror', 'Ready=False/NameConflict');
      const { spec, metadata } = await london.service('hello');
      assert.equal(spec.ports?.[0]?.port, 8080);
      assert.equal(metadata.labels, undefined);
    } finally {
      await stop();
    }
  });
}

/** A clock that runs so many times as fast as the real one. */
function fastClock(times: number): Clock {
  const start = Date.now();
  const after: Clock['after'] = (ms, fn) => systemClock.after(ms / times, fn);
  return {
    now: () => start + (Date.now() - start) * times,
    monotonic: () => performance.now() * times,
    after,
    sleep: sleeper(after),
  };
}
