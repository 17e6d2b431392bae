import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { aHead, catalogFeed } from '../../../test/gen/catalogfeed.js';
import { fakeClock } from '../../../test/gen/clock.js';
import { UnresolvedError } from '../../net/resolve.js';
import { createPace } from '../../runtime/pace.js';
import { createCatalogDialer } from './catalogdialer.js';
import { catalogRate, NoCatalogError } from './catalogstream.js';
import type { CatalogError } from './contact.js';

const never = new AbortController().signal;
const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
const cut = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** Addresses and what is behind them: an error, or a catalog where nothing is said. */
function dialling(hosts: readonly string[], answers: Readonly<Record<string, Error>> = {}, certified = true) {
  const clock = fakeClock();
  const feed = catalogFeed();
  const asked: string[] = [];
  feed.answer(({ ip, port }) => {
    asked.push(`${ip} ${port}`);
    return answers[ip] ?? aHead();
  });
  const names: Readonly<Record<string, readonly string[]>> = {
    'gateway.example.com': ['192.0.2.1', '2001:db8::1'],
  };
  const dial = createCatalogDialer({
    ...{ link: 'paris', clock, pace: createPace(catalogRate, clock), open: feed.open },
    identity: () => (certified ? { cert: 'c', key: 'k', ca: 'a' } : undefined),
    resolver: {
      resolve: (host) => {
        if (host.endsWith('.invalid'))
          return Promise.reject(new UnresolvedError(`no address found for ${host}`));
        return Promise.resolve(names[host] ?? [host]);
      },
    },
    peer: () => ({
      ...{ cluster: 'paris', caBundle: 'pem', timeout: 2_000 },
      addresses: hosts.map((host) => ({ host, port: 4143 })),
    }),
  });
  const attempt = async () => {
    await clock.advance(1_000);
    const stream = await dial(undefined, never).catch((error: CatalogError) => error);
    return { asked: asked.splice(0), stream };
  };
  return { attempt };
}

const failure = (of: object) => {
  const { reason, message } = of as CatalogError;
  return `${reason}: ${message}`;
};

test('createCatalogDialer() asks all addresses of a name, of both families, until one answers', async () => {
  const { attempt } = dialling(['gateway.example.com', '192.0.2.9'], { '192.0.2.1': refused });
  const { asked, stream } = await attempt();
  assert.deepEqual(asked, ['192.0.2.1 4143', '2001:db8::1 4143']);
  assert.ok('head' in stream);
});

test('createCatalogDialer() begins with the address that was not asked for the longest time', async () => {
  const { attempt } = dialling(['192.0.2.1', '192.0.2.2', '192.0.2.3'], { '192.0.2.1': refused });
  assert.deepEqual((await attempt()).asked, ['192.0.2.1 4143', '192.0.2.2 4143']);
  assert.deepEqual((await attempt()).asked, ['192.0.2.3 4143']);
});

test('createCatalogDialer() asks an address once that two names lead to, and a bounded number', async () => {
  const twice = dialling(['gateway.example.com', '192.0.2.1'], {
    '192.0.2.1': refused,
    '2001:db8::1': refused,
  });
  assert.deepEqual((await twice.attempt()).asked, ['192.0.2.1 4143', '2001:db8::1 4143']);
  const hosts = Array.from({ length: 40 }, (_, at) => `198.51.100.${at}`);
  const many = dialling(hosts, Object.fromEntries(hosts.map((host) => [host, refused])));
  assert.equal((await many.attempt()).asked.length, 16);
});

test('createCatalogDialer() says what each address has done, a few by name', async () => {
  const { attempt } = dialling(['192.0.2.1', 'gone.invalid'], { '192.0.2.1': refused });
  assert.equal(
    failure((await attempt()).stream),
    'Unreachable: no address found for gone.invalid; 192.0.2.1:4143 refused the connection: no gateway listens there',
  );
  const hosts = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];
  const five = dialling(hosts, Object.fromEntries(hosts.map((host) => [host, refused])));
  assert.match(failure((await five.attempt()).stream), /192\.0\.2\.3:4143 refused .*; and 2 more$/);
});

test('createCatalogDialer() says who must pin us when a gateway does not take our certificate', async () => {
  const { attempt } = dialling(['192.0.2.1'], { '192.0.2.1': cut });
  const said = failure((await attempt()).stream);
  assert.match(
    said,
    /^Forbidden: 192\.0\.2\.1:4143 cut the connection.*cluster "paris" must pin this cluster/,
  );
});

test('createCatalogDialer() says that the peer is too old', async () => {
  const { attempt } = dialling(['192.0.2.1'], { '192.0.2.1': new NoCatalogError('no catalog') });
  assert.match(failure((await attempt()).stream), /^Unreachable: .*upgrade service-mirror there, or give/);
});

test('createCatalogDialer() waits for the certificate of the operator', async () => {
  const { attempt } = dialling(['192.0.2.1'], {}, false);
  const { asked, stream } = await attempt();
  assert.deepEqual(asked, []);
  assert.match(failure(stream), /^Pending: waits for the certificate/);
});

const untrusted = Object.assign(new Error('no'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });

/** A peer of a fingerprint: which CAs are tried, and how often it has to prove itself. */
function proving(known: string | undefined, answers: Readonly<Record<string, Error>> = {}) {
  const clock = fakeClock();
  const feed = catalogFeed();
  const tried: string[] = [];
  feed.answer(({ peer }) => {
    tried.push(peer.caBundle);
    return answers[peer.caBundle] ?? aHead();
  });
  const dial = createCatalogDialer({
    ...{ link: 'paris', clock, pace: createPace(catalogRate, clock), open: feed.open },
    identity: () => ({ cert: 'c', key: 'k', ca: 'a' }),
    resolver: { resolve: (host) => Promise.resolve([host]) },
    prove({ fingerprint }) {
      tried.push(fingerprint);
      return Promise.resolve('proven');
    },
    peer: () => ({
      ...{ cluster: 'paris', caBundle: known, fingerprint: 'pin', timeout: 2_000 },
      addresses: [{ host: '192.0.2.1', port: 4143 }],
    }),
  });
  return { tried, attempt: () => dial(undefined, never).catch((error: CatalogError) => error) };
}

test('createCatalogDialer() asks for a proof only where the CAs that are known are none', async () => {
  const cases: readonly [string | undefined, Readonly<Record<string, Error>>, readonly string[]][] = [
    [undefined, {}, ['pin', 'proven']],
    ['known', {}, ['known']],
    ['known', { known: untrusted }, ['known', 'pin', 'proven']],
    ['known', { known: refused }, ['known']],
    ['known', { known: untrusted, proven: untrusted }, ['known', 'pin', 'proven']],
  ];
  for (const [known, answers, wanted] of cases) {
    const { tried, attempt } = proving(known, answers);
    await attempt();
    assert.deepEqual(tried, wanted);
  }
});

test('createCatalogDialer() asks a peer that dials in through the egress gateways that it has dialled', async () => {
  const clock = fakeClock();
  const feed = catalogFeed();
  const sockets: unknown[] = [];
  feed.answer(({ socket }) => {
    sockets.push(socket);
    return aHead();
  });
  const identity = { cert: 'c', key: 'k', ca: 'a' };
  const entered: string[] = [];
  let pods = ['10.0.0.1', '10.0.0.2'];
  const tunnel = new PassThrough();
  const dial = createCatalogDialer({
    ...{
      link: 'paris',
      clock,
      pace: createPace(catalogRate, clock),
      open: feed.open,
      identity: () => identity,
    },
    resolver: { resolve: () => assert.fail('no name is to be resolved') },
    peer: () => ({ cluster: 'paris', caBundle: 'pem', timeout: 2_000, addresses: [], dialsIn: true }),
    entries: () => pods.map((address) => ({ address, cluster: 'london', identity })),
    async through({ address }, link) {
      entered.push(`${address} ${link}`);
      if (address === '10.0.0.1') throw refused;
      return tunnel;
    },
  });
  assert.ok('head' in (await dial(undefined, never)));
  assert.deepEqual(entered, ['10.0.0.1 paris', '10.0.0.2 paris']);
  assert.deepEqual(sockets, [tunnel]);
  pods = [];
  const { reason, message } = (await dial(undefined, never).catch((error: unknown) => error)) as CatalogError;
  assert.equal(reason, 'Unreachable');
  assert.match(message, /no gateway of the peer has dialled in/);
});
