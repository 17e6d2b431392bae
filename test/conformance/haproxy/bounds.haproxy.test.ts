import assert from 'node:assert/strict';
import http2, { type ClientHttp2Session } from 'node:http2';
import { describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Refusal } from '../../../src/gateway/events.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { eventually } from '../../driver/eventually.js';
import { aCluster, type ClusterPki } from '../../gen/pki.js';
import { call, endsAs, read } from '../client.js';
import { echo, startTarget } from '../target.js';
import { aPeer, londonLink, type Pair } from '../gatewaypair.js';
import { tied } from './subject.js';
import { processesOf, startHaproxyPair } from './haproxypair.js';

const files = 600;

/** HAProxy that may open few files, whatever this machine allows. */
async function limited(): Promise<readonly [string, ...string[]]> {
  const { program } = await ensureHaproxy(quiet);
  return ['sh', '-c', `ulimit -n ${files} && exec "$@"`, 'sh', ...tied(program)];
}

function dial(pair: Pair, { egress: { cert, key } }: ClusterPki, name: string): TLSSocket {
  const to = { port: pair.ingressPort, host: '127.0.0.1', servername: pair.nameOf(name) };
  return connectTls({ ...to, cert, key, rejectUnauthorized: false }).on('error', () => {});
}

/** Asks for more than a client of HTTP/2 may ask for; gives the status of each request that is over, 0 if it has none. */
function askMuch(session: ClientHttp2Session, count: number, statuses: number[]): void {
  session.on('error', () => {});
  for (let n = 0; n < count; n++) {
    const stream = session.request({ ':path': '/' });
    stream.on('error', () => {});
    let status = 0;
    stream.on('response', (headers) => void (status = Number(headers[':status'])));
    stream.resume().on('close', () => void statuses.push(status));
  }
}

describe('a gateway that HAProxy is, with few files', { timeout: 60_000 }, () => {
  test('carries no more requests of a peer than it may have, and everybody else goes on', async () => {
    // takes requests, and never answers
    const server = http2.createServer();
    server.on('stream', (stream) => stream.on('error', () => {}));
    await using busy = await startTarget((socket) => server.emit('connection', socket));
    await using quietly = await startTarget(echo);
    const refused: Refusal[] = [];
    const events = {
      refused: (reason: Refusal, link?: string) => void (link === londonLink && refused.push(reason)),
      ...{ opened() {}, closed() {}, moved() {} },
    };
    const caps = { connections: 60, perLink: 30, perExport: 45 };
    await using pair = await startHaproxyPair({
      ingress: { command: await limited(), files, caps, events },
    });
    const berlin = await aCluster('berlin');
    await pair.tellParis({
      peers: [
        aPeer(londonLink, 'london', pair.london.authority),
        aPeer('berlin', 'berlin', berlin.authority),
      ],
    });
    await pair.offer('busy', busy.port, [londonLink], { kind: 'http' });
    await pair.offer('quiet', quietly.port, ['berlin']);
    const other = dial(pair, berlin, 'quiet');
    other.write('before');
    assert.equal((await read(other, 6)).toString(), 'before');
    const [before] = (await processesOf(pair.directories.ingress)).workers;

    const statuses: number[] = [];
    const sessions = Array.from({ length: 12 }, () => {
      const socket = dial(pair, pair.london, 'busy');
      return http2.connect('http://bar', { createConnection: () => socket });
    });
    for (const session of sessions) askMuch(session, 100, statuses);
    await eventually(
      () => assert.ok(statuses.length > 1_000, `${statuses.length} of 1,200 are over`),
      20_000,
    );
    assert.deepEqual(new Set(statuses), new Set([0, 503]));
    const live = busy.accepted.filter(({ closed }) => !closed).length;
    assert.ok(live > 0 && live <= caps.perLink, `${live} connections to the target`);
    await eventually(() => assert.ok(refused.includes('TooMany')));

    other.write('after');
    assert.equal((await read(other, 5)).toString(), 'after');
    const again = dial(pair, berlin, 'quiet');
    again.write('again');
    assert.equal((await read(again, 5)).toString(), 'again');
    assert.deepEqual((await processesOf(pair.directories.ingress)).workers, [before]);
    for (const session of sessions) session.destroy();
    for (const socket of [other, again]) socket.destroy();
  });

  test('refuses a pooled connection that does not begin its request in time', async () => {
    const refused: string[] = [];
    const events = {
      refused: (reason: string, link = '') => void refused.push(`${reason} ${link}`),
      ...{ opened() {}, closed() {}, moved() {} },
    };
    await using target = await startTarget(() => {});
    await using pair = await startHaproxyPair({
      egress: { events, requestTimeout: 300 },
    });
    const port = await pair.offer('bar', target.port, [londonLink], { kind: 'http' }, true);
    const silent = call(port);
    const slow = call(port);
    slow.write('PR');
    for (const client of [silent, slow]) await endsAs(client, ['ECONNRESET']);
    await eventually(() => assert.deepEqual(refused, ['NoRequest cluster-a', 'NoRequest cluster-a']));
  });

  test('counts pooled connections before they say anything', async () => {
    const refused: Refusal[] = [];
    const events = {
      refused: (reason: Refusal) => void refused.push(reason),
      ...{ opened() {}, closed() {}, moved() {} },
    };
    await using target = await startTarget(() => {});
    await using pair = await startHaproxyPair({
      egress: { events, caps: { perLink: 10 }, requestTimeout: 30_000 },
    });
    const port = await pair.offer('bar', target.port, [londonLink], { kind: 'http' }, true);
    const silent = Array.from({ length: 20 }, () => call(port).on('error', () => {}));
    // a client has half of what a link may have, and hardly more
    await eventually(() => assert.ok(refused.filter((reason) => reason === 'TooMany').length >= 10));
    for (const client of silent) client.destroy();
  });
});
