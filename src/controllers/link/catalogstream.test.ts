import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { aHead, listed } from '../../../test/gen/catalogfeed.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { eventually } from '../../../test/driver/eventually.js';
import { tlsOptions } from '../../pki/context.js';
import { encodeLine, largestLine, type CatalogLine } from '../../protocol/catalog.js';
import { systemClock, type Clock } from '../../runtime/clock.js';
import { createPace, type Rate } from '../../runtime/pace.js';
import { catalogRate, longestSilence, openCatalog, type CatalogQuestion } from './catalogstream.js';

let london: ClusterPki;
let paris: ClusterPki;
before(async () => {
  [london, paris] = await Promise.all([aCluster('london'), aCluster('paris')]);
});

const never = new AbortController().signal;

/** A gateway of Paris that answers like this, and how to ask it. */
async function asking(
  t: TestContext,
  handler: RequestListener,
  { clock = systemClock, rate = catalogRate }: { clock?: Clock; rate?: Rate } = {},
) {
  const server = createServer(
    { ...tlsOptions(paris.ingress, [london.authority.ca]), requestCert: true },
    handler,
  );
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return (more: Partial<CatalogQuestion> = {}, signal = never) =>
    openCatalog(
      {
        ...{ ip: '127.0.0.1', port, now: Date.now(), timeout: 2_000, since: undefined },
        peer: { link: 'paris', cluster: 'paris', caBundle: paris.authority.ca },
        ...{ identity: london.operator, ...more },
      },
      { clock, pace: createPace(rate, clock) },
      signal,
    );
}

const write = (response: ServerResponse, ...lines: readonly CatalogLine[]) =>
  response.write(lines.map(encodeLine).join(''));
const service = (name: string): CatalogLine => ({ kind: 'service', service: listed(name) });

/** The lines of a stream until it ends, and why it ends. */
async function readAll(stream: Awaited<ReturnType<typeof openCatalog>>) {
  const found: CatalogLine[] = [];
  try {
    for await (const [line] of stream.lines) found.push(line);
  } catch (error) {
    return { found, error: error as Error };
  }
  return { found, error: undefined };
}

test("openCatalog() asks with the operator's certificate, and reads to the end", async (t) => {
  const asked: (string | undefined)[] = [];
  const ask = await asking(t, (request, response) => {
    asked.push(request.url, request.headers.host);
    const { subjectaltname } = (request.socket as never as import('node:tls').TLSSocket).getPeerCertificate();
    asked.push(subjectaltname);
    write(response, aHead(), service('web'));
    response.write('{"kind":"from a later version"}\n');
    write(response, { kind: 'at', version: 3 });
    response.end();
  });
  const stream = await ask();
  assert.deepEqual(stream.head, aHead());
  const { found, error } = await readAll(stream);
  assert.deepEqual(found, [service('web'), { kind: 'at', version: 3 }]);
  assert.equal(error?.name, 'CatalogEndedError');
  assert.deepEqual(asked, [
    '/v1/services',
    'gateway.paris.mirror.internal',
    'URI:spiffe://london.mirror.internal/operator',
  ]);
});

test('openCatalog() asks for what is new since a version', async (t) => {
  let url: string | undefined;
  const ask = await asking(t, (request, response) => {
    ({ url } = request);
    write(response, aHead({ whole: false }));
  });
  const stream = await ask({ since: { epoch: 'one', version: 5 } });
  stream.close();
  assert.equal(url, '/v1/services?epoch=one&since=5');
});

const refusals: Record<string, [RequestListener, RegExp]> = {
  'no catalog': [(_request, response) => void response.writeHead(404).end(), /has no catalog/],
  'too many readers': [(_request, response) => void response.writeHead(429).end(), /as many catalogs/],
  'nothing known yet': [(_request, response) => void response.writeHead(503).end(), /does not know yet/],
  'another status': [(_request, response) => void response.writeHead(500).end(), /status 500/],
  'a redirect': [(_request, response) => void response.writeHead(302, { location: '/' }).end(), /status 302/],
  'no head': [(_request, response) => void write(response, service('web')), /does not begin with its head/],
  'no JSON': [(_request, response) => void response.end('hello\n'), /not JSON/],
  nothing: [(_request, response) => void response.end(), /has ended/],
  'changes for which nobody asked': [
    (_request, response) => void write(response, aHead({ whole: false })),
    /since a version that we do not have/,
  ],
  'a head without an end': [
    (_request, response) => void response.write('x'.repeat(largestLine + 1)),
    /a line has more than/,
  ],
};
for (const [name, [handler, message]] of Object.entries(refusals))
  test(`openCatalog() refuses an answer with ${name}`, async (t) => {
    const ask = await asking(t, handler);
    await assert.rejects(ask(), message);
  });

test('openCatalog() gives up a gateway that does not begin in time', async (t) => {
  const ask = await asking(t, (_request, response) => void response.writeHead(200).flushHeaders());
  await assert.rejects(ask({ timeout: 100 }), /does not answer within 0.1 s/);
});

test('openCatalog() speaks to nobody else than the gateway of the peer', async (t) => {
  let asked = 0;
  const ask = await asking(t, (_request, response) => {
    asked++;
    write(response, aHead());
  });
  const other = await aCluster('paris');
  for (const peer of [
    { link: 'paris', cluster: 'paris', caBundle: other.authority.ca },
    { link: 'paris', cluster: 'rome', caBundle: paris.authority.ca },
  ])
    await assert.rejects(ask({ peer }));
  assert.equal(asked, 0);
});

test('openCatalog() ends with a line that is wrong, or too long', async (t) => {
  for (const [text, message] of [
    ['{"kind":"at","version":-1}\n', /version/],
    ['x'.repeat(largestLine + 1), /more than 65536 bytes/],
  ] as const) {
    const ask = await asking(t, (_request, response) => {
      write(response, aHead(), service('web'));
      response.write(text);
    });
    const { found, error } = await readAll(await ask());
    assert.equal(found.length, 1);
    assert.match(error?.message ?? '', message);
    assert.equal(error?.name, 'WrongAnswerError');
  }
});

test('openCatalog() gives up a stream that has gone silent', async (t) => {
  const clock = fakeClock();
  const ask = await asking(t, (_request, response) => void write(response, aHead(), service('web')), {
    clock,
  });
  const stream = await ask({ now: Date.now() });
  const reading = readAll(stream);
  await eventually(async () => {
    await clock.advance(0);
    return clock.timers === 1;
  });
  await turn();
  await clock.advance(longestSilence);
  const { error } = await reading;
  assert.match(error?.message ?? '', /silent for 15 s/);
  assert.equal(clock.timers, 0);
});

test('openCatalog() ends with its signal, and leaves nothing open', async (t) => {
  let closed = 0;
  const ask = await asking(t, (request, response) => {
    request.socket.once('close', () => closed++);
    write(response, aHead());
  });
  const stop = new AbortController();
  const reading = readAll(await ask({}, stop.signal));
  stop.abort();
  assert.notEqual((await reading).error, undefined);
  await eventually(() => closed === 1);
});

test('openCatalog() reads a flood at its pace: the rest waits with the peer', async (t) => {
  let sent = 0;
  const flood = encodeLine(service('web')).repeat(100);
  const ask = await asking(
    t,
    (_request, response) => {
      write(response, aHead());
      const more = () => {
        while (response.write(flood)) sent += 100;
        sent += 100;
      };
      response.on('drain', more);
      more();
    },
    // ten lines, and then one in ten seconds
    { rate: { burst: 320 << 10, everyMs: 10_000 / (32 << 10) } },
  );
  const stream = await ask();
  const found: CatalogLine[] = [];
  const reading = (async () => {
    for await (const [line] of stream.lines) found.push(line);
  })().catch(() => {});
  await eventually(() => found.length >= 10);
  let before = -1;
  await eventually(() => before === (before = sent), 10_000, 200);
  assert.ok(found.length < 15, `${found.length} lines were read`);
  stream.close();
  await reading;
});
