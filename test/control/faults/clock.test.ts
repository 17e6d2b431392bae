import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { endpointSlices, serviceMirrors } from '../../../src/api/resources.js';
import { aSlice, endpoint } from '../../gen/gen.js';
import { startLondon, type London } from './london.js';

const hour = 3_600_000;
const jumps = { forth: hour, back: -hour };

/** More time (ms) than anything takes that follows on a start. */
const calm = 90_000;

suite('a wall clock that jumps', () => {
  let london: London;
  let stop: () => Promise<void>;
  const names = ['near', 'nearer'];

  beforeEach(async () => {
    london = await startLondon();
    london.mirrors(names);
    london.mirrors(['far'], 'lost');
    stop = await london.start();
    await london.until(() => [...names, 'far'].every((name) => london.says(name, 'Ready', 'True')));
    // certificates that are younger than the jump would not be valid yet
    london.clock.jump(2 * hour);
    await london.clock.advance(calm);
  });
  afterEach(async () => {
    await london.close();
  });

  for (const [where, jump] of Object.entries(jumps)) {
    test(`an hour ${where}: nothing is written again, changes are followed, and a restart writes nothing`, async () => {
      const { paris, clock, begun } = london;
      const mark = begun.length;
      clock.jump(jump);
      await clock.advance(calm);
      assert.deepEqual(begun.slice(mark), []);
      paris.put(endpointSlices, aSlice('near', endpoint('10.9.0.2')));
      london.gatewayAnswers = false;
      await london.until(() => london.says('far', 'Ready', 'False'));
      await clock.advance(calm);
      const changed = ['near', 'far'].map((name) => `patch endpointslices default/${name}-mirror-ipv4-0`);
      assert.deepEqual(
        begun
          .slice(mark)
          .filter((line) => line.includes('endpointslices'))
          .toSorted(),
        changed.toSorted(),
      );

      await london.ends(stop);
      const end = begun.length;
      await london.start();
      london.mirrors(['new']);
      await london.until(() => london.says('new', 'Ready', 'True'));
      await clock.advance(calm);
      assert.deepEqual(
        begun.slice(end).filter((line) => !line.includes(' default/new') && !line.includes(' links ')),
        [],
      );
    });

    test(`an hour ${where} while the remote cluster cannot be reached: it takes a minute to say so`, async () => {
      const { api, paris, clock } = london;
      const lost = clock.monotonic();
      paris.fault({ times: Infinity }, { kind: 'answer', status: 503 });
      paris.disconnect();
      await clock.advance(10_000);
      clock.jump(jump);
      // somebody gives the operator a reason to look
      const mirror = api.find(serviceMirrors, 'default/near') ?? assert.fail();
      api.put(serviceMirrors, { ...mirror, metadata: { ...mirror.metadata, labels: { look: 'again' } } });
      await london.until(() => london.says('near', 'Synced', 'Unknown'));
      const waited = clock.monotonic() - lost;
      // it is noticed within five seconds
      assert.ok(waited >= 60_000 && waited < 70_000, `${waited} ms`);
      assert.ok(london.says('near', 'Ready', 'True'), 'its endpoints stay');
    });
  }
});
