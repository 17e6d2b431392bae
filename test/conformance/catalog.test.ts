import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { createCatalogLog, type WrittenCatalog } from '../../src/protocol/cataloglog.js';
import { peerChannelName } from '../../src/protocol/serviceid.js';
import type { KeyPair } from '../../src/pki/keypair.js';
import { eventually } from '../driver/eventually.js';
import { aCluster } from '../gen/pki.js';
import { tryTls } from './client.js';
import { aPeer, londonLink, type Pair, startPair } from './gatewaypair.js';
import { pairings } from './pairings.js';
import { echo, startTarget } from './target.js';

const head = { cluster: 'paris', uid: 'uid-of-paris', caBundle: '' };

/** A catalog of one service of that name. */
function aCatalog(name: string): WrittenCatalog {
  const log = createCatalogLog(head);
  log.write([[`default/${name}`, `${name}\n`]]);
  return log;
}

/** A connection to the peer channel, and what has come over it. */
function dial(pair: Pair, who: KeyPair, request: string) {
  const socket: TLSSocket = connectTls({
    ...{ port: pair.ingressPort, host: '127.0.0.1', servername: peerChannelName('paris') },
    ...{ cert: who.cert, key: who.key, ca: pair.paris.authority.ca, allowHalfOpen: true },
  });
  let text = '';
  let over = false;
  socket
    .on('error', () => (over = true))
    .on('close', () => (over = true))
    .on('end', () => (over = true));
  socket.on('data', (data: Buffer) => (text += data.toString()));
  socket.write(request);
  return {
    socket,
    text: () => text,
    isOver: () => over,
    says: (what: RegExp) => eventually(() => assert.match(text, what)),
  };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`;
const catalogOf = (pair: Pair, who: KeyPair) => dial(pair, who, get('/v1/services'));

for (const pairing of pairings) {
  describe(`catalog: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('the gateways and the operator of a peer are told what their link has, and then what changes', async () => {
      const catalogs = new Map([
        [londonLink, aCatalog('for-london')],
        ['cluster-c', aCatalog('for-berlin')],
      ]);
      await using pair = await startPair(pairing, { catalog: (link) => catalogs.get(link) });
      const berlin = await aCluster('berlin');
      const peers = [
        aPeer(londonLink, 'london', pair.london.authority),
        aPeer('cluster-c', 'berlin', berlin.authority),
      ];
      await pair.tellParis({ peers });
      const ofLondon = [pair.london.operator, pair.london.egress].map((who) => catalogOf(pair, who));
      const ofBerlin = catalogOf(pair, berlin.operator);
      for (const one of ofLondon) await one.says(/"whole":true[^]*for-london\n[^]*"at","version":1/);
      await ofBerlin.says(/for-berlin\n/);
      catalogs.get(londonLink)!.write([['default/more', 'more\n']]);
      for (const one of ofLondon) await one.says(/more\n[^]*"at","version":2/);
      assert.doesNotMatch(ofBerlin.text(), /london|more/);
      for (const { socket } of [...ofLondon, ofBerlin]) socket.destroy();
    });

    test('the operator of a peer can do nothing else', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing, { catalog: () => aCatalog('a') });
      await pair.offer('web', target.port);
      const { cert, key } = pair.london.operator;
      const servername = pair.nameOf('web');
      assert.ok('refused' in (await tryTls(pair.ingressPort, { cert, key, servername })));
      const gateway = { cert: pair.london.egress.cert, key: pair.london.egress.key, servername };
      assert.deepEqual(await tryTls(pair.ingressPort, gateway), { answered: 'hello\n' });
      const report = dial(pair, pair.london.operator, get('/v1/peer'));
      await report.says(/^HTTP\/1\.1 404 /);
      report.socket.destroy();
    });

    test('the operator of nobody that we know is told nothing', async () => {
      await using pair = await startPair(pairing, { catalog: () => aCatalog('a') });
      const madrid = await aCluster('madrid');
      const stranger = catalogOf(pair, madrid.operator);
      await eventually(() => assert.ok(stranger.isOver()));
      assert.equal(stranger.text(), '');
      // its name alone does not make an operator
      const impostor = await aCluster('london');
      const other = catalogOf(pair, impostor.operator);
      await eventually(() => assert.ok(other.isOver()));
      assert.equal(other.text(), '');
    });

    test('a stream ends when its Link goes, also one whose caller sends no more', async () => {
      const log = aCatalog('a');
      let listeners = 0;
      const catalog: WrittenCatalog = {
        ...log,
        listen(listener) {
          listeners++;
          const stop = log.listen(listener);
          return () => {
            listeners--;
            stop();
          };
        },
      };
      await using pair = await startPair(pairing, { catalog: () => catalog });
      const readers = [pair.london.operator, pair.london.egress].map((who) => catalogOf(pair, who));
      for (const one of readers) await one.says(/"at"/);
      const halfClosed = catalogOf(pair, pair.london.operator);
      await halfClosed.says(/"at"/);
      halfClosed.socket.end();
      await eventually(() => assert.ok(halfClosed.isOver()));
      await eventually(() => assert.equal(listeners, 2));
      await pair.tellParis({ peers: [] });
      for (const one of readers) await eventually(() => assert.ok(one.isOver()));
      await eventually(() => assert.equal(listeners, 0));
    });

    test('200 connections of an operator take nothing from the probes of its gateways', async () => {
      await using pair = await startPair(pairing, { catalog: () => aCatalog('a') });
      const held = Array.from({ length: 200 }, () =>
        dial(pair, pair.london.operator, 'GET /v1/services HTTP/1.1\r\n'),
      );
      // each is either let in or refused
      await eventually(() => assert.ok(held.every((one) => one.isOver() || one.socket.authorized)));
      const probe = dial(pair, pair.london.egress, get('/v1/peer'));
      await probe.says(/^HTTP\/1\.1 200 /);
      for (const { socket } of [...held, probe]) socket.destroy();
    });
  });
}
