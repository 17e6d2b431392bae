import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { freePort } from '../../../test/conformance/ports.js';
import {
  anOperator,
  host,
  leaf,
  london,
  peers,
  say,
  startLondon,
  startParis,
} from '../../../test/gen/egress.js';
import { aMirror, holding } from '../../../test/gen/gen.js';
import { configMaps, secrets, serviceMirrors } from '../../api/resources.js';

test('a gateway that stops waits until no slice lists it, and lets what lives live on meanwhile', async (t) => {
  const [ingress, port] = [await startParis(t), await freePort()];
  const {
    api,
    agent,
    stop,
    done,
    port: applied,
  } = await startLondon(t, {
    leaveMs: 60_000,
    drainMs: 60_000,
  });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(ingress));
  api.put(serviceMirrors, aMirror('m', holding({ 80: port })));
  let listed = true;
  const operator = anOperator(t, applied, { listed: () => listed });
  await eventually(() => operator.last()?.links.get('paris')?.healthy === true);
  const stream = connect({ port, host });
  stream.write('un');
  await once(stream, 'data');

  stop.abort();
  await eventually(() => operator.last()?.draining === true);
  assert.deepEqual(agent.ready(), ['draining']);
  assert.equal(await say(port, 'encore'), 'encore', 'it is still listed: it takes connections');
  listed = false;
  await eventually(() => assert.rejects(say(port, 'trop tard'), { code: 'ECONNREFUSED' }));
  stream.write('deux');
  assert.equal(
    String((await once(stream, 'data'))[0]),
    'deux',
    'a live connection lasts until the drain is over',
  );
  stream.destroy();
  await done;
});

test('a gateway that no operator looks at stops at once', async (t) => {
  const { api, agent, stop, done } = await startLondon(t, { leaveMs: 60_000 });
  api.put(secrets, leaf(london.egress));
  api.put(configMaps, peers(1));
  await eventually(() => assert.deepEqual(agent.ready(), []));
  const before = performance.now();
  stop.abort();
  await done;
  assert.ok(performance.now() - before < 5_000);
});

test('a gateway that has never served stops at once', async (t) => {
  const { stop, done } = await startLondon(t);
  stop.abort();
  await done;
});
