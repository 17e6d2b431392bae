import assert from 'node:assert/strict';
import { test, describe, it } from 'node:test';
import { readAll } from '../../test/conformance/client.js';
import { socketPair } from '../../test/conformance/socketpair.js';
import { eventually } from '../../test/driver/eventually.js';
import { fakeClock } from '../../test/gen/clock.js';
import { oddRequests, send } from '../../test/gen/requests.js';
import { systemClock } from '../runtime/clock.js';
import { silent } from '../runtime/log.js';
import { createChannel, type ReportTo, readTrusts, writeTrusts } from './channel.js';
import type { PeerReport } from './report.js';
import { aCluster } from '../../test/gen/pki.js';
import { fingerprintOf, readCertificates } from '../pki/bundle.js';

const report: PeerReport = {
  ...{ protocol: 2, cluster: 'paris', uid: 'u', serviceIds: ['s-1'], caFingerprints: [], addresses: [] },
};

async function ask(text: string, say: ReportTo = () => report): Promise<string> {
  const channel = createChannel(say, { clock: systemClock, log: silent });
  const [client, server] = await socketPair();
  channel.serve(server, { link: 'to-london', role: 'gateway' });
  client.write(text);
  return (await readAll(client)).toString();
}

const get = (headers = '') => `GET /v1/peer HTTP/1.1\r\nHost: gateway\r\n${headers}\r\n`;
const etagOf = (answer: string) => /\r\netag: (.*)\r\n/i.exec(answer)![1]!;

test('the peer channel answers with what the caller may know, and ends the connection', async () => {
  let asked = '';
  const answer = await ask(get(), (link) => ((asked = link), report));
  assert.match(answer, /^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/is);
  assert.deepEqual(JSON.parse(answer.split('\r\n\r\n')[1]!), report);
  assert.equal(asked, 'to-london');
});

test('what the caller trusts is handed on, and a caller that does not say trusts nothing', async () => {
  const said: (readonly string[])[] = [];
  const hear: ReportTo = (_link, trusts) => (said.push(trusts), report);
  await ask(get(`Service-Mirror-Trusts: ${'ab'.repeat(32)}\r\n`), hear);
  await ask(get(), hear);
  assert.deepEqual(said, [['ab'.repeat(32)], []]);
});

test('the same report has the same tag, another has another', async () => {
  const same = await ask(get(), () => ({ ...report }));
  assert.equal(etagOf(same), etagOf(await ask(get())));
  const other = await ask(get(), () => ({ ...report, serviceIds: [] }));
  assert.notEqual(etagOf(other), etagOf(same));
});

test('the tag counts in all forms that a header may have', async () => {
  const etag = etagOf(await ask(get()));
  for (const header of [etag, `W/${etag}`, `"old", ${etag}`, '*'])
    assert.match(await ask(get(`If-None-Match: ${header}\r\n`)), /^HTTP\/1\.1 304 /, header);
  for (const header of ['"old"', etag.replaceAll('"', '')])
    assert.match(await ask(get(`If-None-Match: ${header}\r\n`)), /^HTTP\/1\.1 200 /, header);
});

test('a caller that reads slowly has no copy of a long answer made', async () => {
  const long = {
    ...report,
    serviceIds: Array.from({ length: 400_000 }, (_, n) => `s-${String(n).padStart(40, '0')}`),
  };
  const channel = createChannel(() => long, { clock: systemClock, log: silent });
  const [client, server] = await socketPair();
  client.pause();
  channel.serve(server, { link: 'to-london', role: 'gateway' });
  client.write(get());
  await eventually(() => assert.ok(server.bytesWritten > 0 || server.writableLength > 0));
  assert.ok(server.writableLength < 1_000_000, `${server.writableLength} bytes wait`);
  const answer = (await readAll(client)).toString();
  assert.deepEqual(JSON.parse(answer.split('\r\n\r\n')[1]!), long);
});

test('a caller that takes its time is cut, whatever it says or reads meanwhile', async () => {
  const clock = fakeClock();
  const channel = createChannel(() => report, { clock, log: silent });
  const [client, server] = await socketPair();
  channel.serve(server, { link: 'to-london', role: 'gateway' });
  client.write('GET /v1/peer HTTP/1.1\r\n');
  for (let n = 0; n < 4; n++) {
    client.write('a: b\r\n');
    await clock.advance(9_000);
  }
  await eventually(() => assert.ok(server.closed));
  assert.equal(clock.timers, 0);
});

test('a second request on the same connection is not answered', async () => {
  const answer = await ask(get() + get());
  assert.equal(answer.split('HTTP/1.1').length, 2);
});

test('what is not known, not HTTP, or cannot be said has its own answer', async () => {
  assert.match(await ask('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 404 /);
  assert.match(
    await ask('PUT /v1/peer HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n\r\n'),
    /^HTTP\/1\.1 405 /,
  );
  assert.match(await ask('\x16\x03\x01nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  const fail = () => {
    throw new Error('not known yet');
  };
  assert.match(await ask(get(), fail), /^HTTP\/1\.1 500 /);
});

for (const [what, request] of Object.entries(oddRequests)) {
  test(`the peer channel goes on after ${what}`, async () => {
    const channel = createChannel(() => report, { clock: systemClock, log: silent });
    const told = async (text: string) => {
      const [client, server] = await socketPair();
      channel.serve(server, { link: 'to-london', role: 'gateway' });
      return send(client, text);
    };
    assert.doesNotMatch(await told(request), /^HTTP\/1\.1 [25]/);
    assert.match(await told(get()), /^HTTP\/1\.1 200 /);
  });
}

describe('writeTrusts()', () => {
  it('names each CA of the bundle, and is read back', async () => {
    const [a, b] = await Promise.all([aCluster('a'), aCluster('b')]);
    const bundle = a.authority.ca + b.authority.ca;
    assert.deepEqual(readTrusts(writeTrusts(bundle)), readCertificates(bundle).map(fingerprintOf));
  });

  it('is empty for what is no bundle', () => assert.equal(writeTrusts('x'), ''));
});

const print = 'ab'.repeat(32);
const cases: Record<string, [string | string[] | undefined, string[]]> = {
  'no header': [undefined, []],
  'an empty one': ['', []],
  'upper case and spaces': [` ${print.toUpperCase()} , `, [print]],
  'what is no fingerprint': [`${print},abc,<script>`, [print]],
  'the same twice': [`${print},${print}`, [print]],
  'several headers': [[print], [print]],
};

describe('readTrusts()', () => {
  for (const [title, [value, prints]] of Object.entries(cases))
    it(`reads ${title}`, () => assert.deepEqual(readTrusts(value), prints));

  it('takes no more than a bundle may hold', () => {
    const many = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(64, '0'));
    assert.equal(readTrusts(many.join()).length, 32);
  });
});
