import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { peerChannelName } from '../../src/protocol/serviceid.js';
import { eventually } from '../driver/eventually.js';
import { aCluster, type ClusterPki } from '../gen/pki.js';
import { connect, endsAs, isAnswered, read, tryTls } from './client.js';
import { pairingsFor } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, londonLink, type ExporterOptions, startPair, type Pair } from './gatewaypair.js';

const berlinLink = 'cluster-c';
const anyEnd = ['ECONNRESET', 'end', 'EPIPE', 'ENOTCONN'];

/** Paris with two peers that may both call `echo` and `other`. */
async function startParis(
  pairing: Parameters<typeof startPair>[0],
  { target, ...given }: ExporterOptions & { target: number },
) {
  const pair = await startPair(pairing, given);
  const berlin = await aCluster('berlin');
  const peers = [
    aPeer(londonLink, 'london', pair.london.authority),
    aPeer(berlinLink, 'berlin', berlin.authority),
  ];
  await pair.tellParis({ peers });
  const port = await pair.offer('echo', target, [londonLink, berlinLink]);
  await pair.offer('other', target, [londonLink, berlinLink]);
  return { ...pair, berlin, port };
}

/** A connection of a peer that has been answered once; undefined when it was refused. */
async function open(
  pair: Pair,
  { egress: { cert, key } }: ClusterPki,
  name = 'echo',
): Promise<TLSSocket | undefined> {
  const servername = pair.nameOf(name);
  const options = { port: pair.ingressPort, host: '127.0.0.1', cert, key, servername };
  const socket = connectTls({ ...options, rejectUnauthorized: false });
  socket.on('error', () => {});
  socket.write('hello');
  const answer = await read(socket, 5).catch(() => undefined);
  if (answer?.toString() === 'hello') return socket;
  socket.destroy();
  return undefined;
}

/** Open connections that say nothing, from one address of loopback. */
async function silent(port: number, localAddress: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connectTcp({ port, host: '127.0.0.1', localAddress }));
  for (const socket of sockets) socket.on('error', () => {}).resume();
  await Promise.all(sockets.map((socket) => once(socket, 'connect').catch(() => {})));
  return sockets;
}

for (const pairing of pairingsFor('too many', { exporter: ['caps'] })) {
  describe(`too many: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a peer has no more connections than it may, and another peer is served meanwhile', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { perLink: 3 }, target: target.port });
      const { berlin } = pair;
      const opened: (TLSSocket | undefined)[] = [];
      for (let count = 0; count < 5; count++) opened.push(await open(pair, berlin));
      assert.equal(opened.filter(Boolean).length, 3);
      assert.ok(await isAnswered(pair.port));
      opened[0]!.destroy();
      await eventually(async () => {
        const again = await open(pair, berlin);
        if (again) opened.push(again);
        return again !== undefined;
      });
      for (const socket of opened) socket?.destroy();
    });

    test('an export has no more connections than it may, and others of the same peer are served', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { perExport: 2 }, target: target.port });
      const { berlin } = pair;
      const opened = [await open(pair, berlin), await open(pair, berlin)];
      assert.ok(opened.every(Boolean));
      assert.equal(await open(pair, berlin), undefined);
      const other = await open(pair, berlin, 'other');
      assert.ok(other);
      for (const socket of opened) socket?.destroy();
    });

    test('a peer has no more connections to the peer channel than it may, and its exports are served', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { channels: 2 }, target: target.port });
      const { cert, key } = pair.berlin.egress;
      const to = { port: pair.ingressPort, host: '127.0.0.1', servername: peerChannelName('paris') };
      const dial = () => connectTls({ ...to, cert, key, rejectUnauthorized: false }).on('error', () => {});
      async function isHeard(): Promise<boolean> {
        const socket = dial();
        socket.write('GET /v1/peer HTTP/1.1\r\nHost: gateway\r\n\r\n');
        const answer = (await read(socket, 12).catch(() => '')).toString();
        socket.destroy();
        return answer === 'HTTP/1.1 200';
      }
      assert.ok(await isHeard());
      const silent: TLSSocket[] = [];
      // one that comes while the one before is about to end may be refused
      await eventually(async () => {
        if (!(await isHeard())) return true;
        silent.push(dial());
        return false;
      });
      const other = await open(pair, pair.berlin);
      assert.ok(other);
      for (const socket of [...silent, other]) socket.destroy();
      await eventually(async () => assert.ok(await isHeard()));
    });

    test('a handshake that takes too long is cut, whether nothing is said or too little', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { handshakeTimeout: 300, target: target.port });
      const [quiet, slow] = await silent(pair.ingressPort, '127.0.0.1', 2);
      // the first bytes of a record of 512 bytes (RFC 8446 section 5.1)
      slow!.write(Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252]));
      await endsAs(quiet!, anyEnd);
      await endsAs(slow!, anyEnd);
    });

    test('a handshake may not take longer than its time, but the connection may', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { handshakeTimeout: 300, target: target.port });
      const client = await connect(pair.port);
      const [quiet] = await silent(pair.ingressPort, '127.0.0.1', 1);
      // when this one has been cut, the time is over for the other as well
      await endsAs(quiet!, anyEnd);
      client.write('hello');
      assert.equal((await read(client, 5)).toString(), 'hello');
      client.destroy();
    });

    test('connections whose handshake is done do not count as under way', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { handshakes: 10 }, target: target.port });
      const opened: (TLSSocket | undefined)[] = [];
      for (let count = 0; count < 10; count++) opened.push(await open(pair, pair.berlin));
      assert.ok(opened.every(Boolean));
      for (const socket of opened) socket?.destroy();
    });
  });
}

for (const pairing of pairingsFor('too many handshakes', { exporter: ['caps'] })) {
  describe(`too many handshakes: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('an address has no more handshakes under way than it may, and another address is served', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { handshakes: 25 }, target: target.port });
      const flood = await silent(pair.ingressPort, '127.0.0.2', 20);
      await eventually(() => flood.filter(({ closed }) => closed).length >= 14);
      assert.ok(flood.filter(({ closed }) => !closed).length <= 6);
      assert.ok(await isAnswered(pair.port));
      const { cert, key } = pair.london.egress;
      const asked = { cert, key, servername: pair.nameOf('echo'), localAddress: '127.0.0.2' };
      // of those that come at the same moment, more may be refused than must be
      await eventually(async () => {
        if ('refused' in (await tryTls(pair.ingressPort, asked))) return true;
        flood.push(...(await silent(pair.ingressPort, '127.0.0.2', 1)));
        return false;
      });
      for (const socket of flood) socket.destroy();
      await eventually(async () => 'answered' in (await tryTls(pair.ingressPort, asked)));
    });
  });
}

/** A connection to a port of the calling side that is answered; undefined when it was refused. */
async function callFrom(localAddress: string, port: number): Promise<Socket | undefined> {
  const socket = connectTcp({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
  socket.write('hello');
  if ((await read(socket, 5).catch(() => '')).toString() === 'hello') return socket;
  socket.destroy();
  return undefined;
}

for (const pairing of pairingsFor('too many of one client', { caller: ['caps'] })) {
  describe(`too many of one client: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a client has no more connections to a peer than it leaves to others', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing, { callerCaps: { perLink: 6 } });
      const port = await pair.offer('echo', target.port);
      const opened: (Socket | undefined)[] = [];
      for (let count = 0; count < 6; count++) opened.push(await callFrom('127.0.0.1', port));
      assert.equal(opened.filter(Boolean).length, 3);
      const other = await callFrom('127.0.0.2', port);
      assert.ok(other);
      for (const socket of [opened[0]!, other]) socket.destroy();
      await eventually(async () => {
        const again = await callFrom('127.0.0.1', port);
        if (again) opened.push(again);
        return again !== undefined;
      });
      for (const socket of opened) socket?.destroy();
    });
  });
}

for (const pairing of pairingsFor('many that flood', { exporter: ['caps'] })) {
  describe(`many that flood: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('handshakes of five addresses keep no other one out', async () => {
      await using target = await startTarget(echo);
      await using pair = await startParis(pairing, { caps: { handshakes: 50 }, target: target.port });
      const floods = await Promise.all(
        [2, 3, 4, 5, 6].map((last) => silent(pair.ingressPort, `127.0.0.${last}`, 24)),
      );
      const all = floods.flat();
      await eventually(() => all.filter(({ closed }) => !closed).length < 40);
      assert.ok(await isAnswered(pair.port));
      for (const socket of all) socket.destroy();
    });
  });
}
