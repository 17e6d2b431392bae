import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { endpointSlices, links, serviceMirrors, services } from '../../../src/api/resources.js';
import {
  aLink,
  aMirror,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  labelled,
  of,
  port,
  serviceSpec,
  spec,
} from '../../gen/gen.js';
import { paris, pin } from '../../gen/peering.js';
import { linesOf } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { isSettled, populate } from './population.js';
import { roundsOf, type Rounds } from './rounds.js';
import { startClusters, type InBoth, type OperatorClusters } from './clusters.js';

suite('an operator that starts, stops and is replaced', () => {
  let clusters: OperatorClusters;
  let both: InBoth;
  let operator: Operator;
  let rounds: Rounds;

  before(async () => {
    clusters = await startClusters();
    operator = await clusters.london.startOperator('--no-leader-election');
    both = await populate(clusters, 'people');
    await isSettled(both);
    rounds = await roundsOf(clusters);
    await rounds.since(0, operator);
  });
  after(async () => {
    await operator.stop();
    await clusters.close();
  });

  test('what happens elsewhere makes it write nothing', async () => {
    const mark = await clusters.london.audit.mark();
    const elsewhere = await clusters.namespace('elsewhere');
    const heartbeats = () =>
      operator.metric('rest_client_requests_total', { cluster: 'paris', resource: 'raw' });
    const before = await heartbeats();
    for (let round = 0; round < 20 || (await heartbeats()) === before; round++) {
      for (const cluster of [elsewhere.london, elsewhere.paris]) {
        const state = labelled({ round: String(round) });
        await cluster.applies(
          aService(`other-${round % 5}`, port(80 + (round % 100))),
          aSlice(`other-${round % 5}`, endpoint(`10.7.0.${round % 256}`), state),
        );
        if (round % 5 === 4) await cluster.deletes(services, 'other-0', 'other-1');
      }
      // what others write into objects that it reads
      await both.london.edits(serviceMirrors, 'ready', { metadata: { labels: { round: String(round) } } });
      await both.london.edits(services, 'ready', { metadata: { annotations: { round: String(round) } } });
      await both.paris.edits(endpointSlices, 'ready-abc12', {
        metadata: { labels: { round: String(round) } },
      });
    }
    assert.deepEqual(await rounds.since(mark, operator), []);
  });

  test('a restart makes it write nothing, though its egress gateway does not answer', async () => {
    const mark = await clusters.london.audit.mark();
    await operator.stop();
    operator = await clusters.london.startOperator('--no-leader-election');
    assert.deepEqual(await rounds.sinceAsked(mark, operator), []);
    await isSettled(both);
  });

  test('a restart tells of a Service that cannot be exported no second time', async () => {
    const { london } = await clusters.namespace('unserved');
    const exports = { services: { matchLabels: { export: 'unserved' } }, allowSelectorless: false };
    const link = aLink('unserved', exportOnly, pin(paris.authority.ca), spec({ exports }));
    await london.applies(
      link,
      aService('bare', port(80), labelled({ export: 'unserved' }), serviceSpec({ selector: null })),
    );
    const bare = await london.service('bare');
    const isTold = () =>
      eventually(async () => assert.deepEqual(await london.events(bare), ['SelectorlessNotAllowed']));
    await isTold();
    await eventually(async () => assert.ok((await london.get(links, 'unserved')).status?.exports));
    await operator.stop();
    const mark = await clusters.london.audit.mark();
    operator = await clusters.london.startOperator('--no-leader-election');
    await eventually(async () =>
      assert.equal(
        await operator.metric('rest_client_requests_total', { resource: 'events', code: '409' }),
        1,
      ),
    );
    await isTold();
    assert.deepEqual(await rounds.since(mark, operator), []);
  });

  test('what happened while it was down is found at the start, and nothing else is written', async () => {
    const { london, paris } = await clusters.namespace('missed');
    const mirrored = ['deleted', 'recreated', 'moved', 'edited', 'undone', 'unlinked'];
    await clusters.link('fading', await clusters.paris.access('peer-london'));
    for (const name of mirrored) {
      await paris.applies(aService(name, port(80)), aSlice(name, endpoint('10.9.0.1')));
      await london.applies(aMirror(name, of(name === 'unlinked' ? 'fading' : 'paris', `missed/${name}`)));
    }
    for (const name of mirrored) await london.mirrorSays(name, 'Ready=True');
    await operator.rests();
    await operator.stop();

    const mark = await clusters.london.audit.mark();
    const { uid } = (await london.service('recreated')).metadata;
    await london.deletes(serviceMirrors, 'deleted', 'recreated');
    await london.applies(aMirror('recreated', of('paris', 'missed/recreated')));
    await paris.applies(aSlice('moved', endpoint('10.9.0.2')));
    await london.edits(services, 'edited', { spec: { selector: { app: 'theirs' } } });
    await london.deletes(endpointSlices, 'undone-mirror-ipv4-0');
    await london.deletes(links, 'fading');

    operator = await clusters.london.startOperator('--no-leader-election');
    await eventually(async () => {
      assert.ok(await london.isGone(services, 'deleted'));
      assert.ok(await london.isGone(endpointSlices, 'deleted-mirror-ipv4-0'));
      const { metadata } = await london.service('recreated');
      assert.notEqual(metadata.uid, uid);
      assert.equal((await london.service('edited')).spec.selector, undefined);
    });
    await london.mirrorSays('recreated', 'Ready=True');
    await london.mirrorSays('unlinked', 'Ready=False/LinkNotFound');
    await london.hasEndpoints('recreated', '10.9.0.1');
    await london.hasEndpoints('moved', '10.9.0.2');
    await london.hasEndpoints('undone', '10.9.0.1');
    await london.hasEndpoints('unlinked', '(10.9.0.1)');
    const written = await rounds.since(mark, operator);
    assert.deepEqual(
      written.filter((line) => !line.includes(' missed/') && !line.includes('links/status')),
      [],
    );
  });

  test('a start without sight of the remote cluster writes nothing but that', async () => {
    await operator.stop();
    const mark = await clusters.london.audit.mark();
    await clusters.paris.stopApiServer();
    try {
      operator = await clusters.london.startOperator('--no-leader-election');
      await both.london.within(20_000).linkSays('paris', 'Connected=False/Unreachable');
      await both.london.within(20_000).linkSays('tunnel', 'Connected=False/Unreachable');
      await operator.rests();
      const written = linesOf(await clusters.london.writtenSince(mark));
      assert.deepEqual(
        written.filter((line) => !line.startsWith('patch links/status')),
        [],
      );
    } finally {
      await clusters.paris.startApiServer();
    }
    await both.london.within(20_000).linkSays('paris', 'Connected=True');
    await both.london.within(20_000).linkSays('tunnel', 'Connected=True');
    const written = await rounds.since(mark, operator);
    assert.deepEqual(
      written.filter((line) => !line.startsWith('patch links/status')),
      [],
    );
  });

  test('of two replicas one leads; a third takes over from one that is killed, and writes nothing for it', async () => {
    await operator.stop();
    const mark = await clusters.london.audit.mark();
    const first = await clusters.london.startOperator();
    await first.leads();
    const second = await clusters.london.startOperator();
    await eventually(async () => assert.ok(await second.isReady()));
    await first.stop();
    await second.leads(6_000); // it was given the lease
    const third = await clusters.london.startOperator();
    await eventually(async () => assert.ok(await third.isReady()));
    await second.kill();
    await third.leads();
    operator = third;
    assert.deepEqual(await rounds.since(mark, operator), []);
    await isSettled(both);
  });
});
