import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aListed, serveCatalog, type CatalogServer } from '../../test/gen/catalog.js';
import { readCatalog } from '../../test/gen/catalogreader.js';
import { fakeClock } from '../../test/gen/clock.js';
import { readAll } from '../../test/conformance/client.js';
import { socketPair } from '../../test/conformance/socketpair.js';
import { eventually } from '../../test/driver/eventually.js';
import { readSince } from './catalogstreams.js';

const get = (query = '', headers = '') =>
  `GET /v1/services${query} HTTP/1.1\r\nHost: gateway\r\n${headers}\r\n`;

/** A reader of that catalog, and the server's end of its connection. */
async function open(server: CatalogServer, query = '') {
  const [client, far] = await socketPair();
  server.serve(far);
  return { ...readCatalog(client, query), client, far };
}

async function statusOf(server: CatalogServer, request: string): Promise<string> {
  const [client, far] = await socketPair();
  server.serve(far);
  client.write(request);
  return (await readAll(client)).toString().split('\r\n\r\n')[0]!;
}

/** A socket that reads nothing. */
async function deaf(server: CatalogServer): Promise<[client: Socket, far: Socket]> {
  const [client, far] = await socketPair();
  client.pause();
  server.serve(far);
  client.write(get());
  await eventually(() => assert.ok(far.bytesWritten > 0));
  return [client, far];
}

describe('a catalog', () => {
  it('tells first all services, then each change', async () => {
    const server = serveCatalog();
    server.put(aListed('a'), aListed('b'));
    const reader = await open(server);
    await reader.tells('whole', 'a', 'b', '@2');
    server.put(aListed('a', { ready: 0 }));
    await reader.tells('whole', 'a', 'b', '@2', 'a', '@3');
    server.drop('default/b');
    server.put(aListed('c'));
    await reader.tells('whole', 'a', 'b', '@2', 'a', '@3', '-default/b', '@4', 'c', '@5');
    reader.client.destroy();
  });

  it('says that there is nothing', async () => {
    const reader = await open(serveCatalog());
    await reader.tells('whole', '@0');
    reader.client.destroy();
  });

  it('tells who knows a version only what has changed', async () => {
    const server = serveCatalog();
    server.put(aListed('a'), aListed('b'), aListed('c'));
    server.drop('default/b');
    server.put(aListed('a', { ready: 0 }));
    const reader = await open(server, `?epoch=${server.log.epoch}&since=3`);
    await reader.tells('changes', '-default/b', 'a', '@5');
    const other = await open(server, `?epoch=other&since=3`);
    await other.tells('whole', 'c', 'a', '@5');
    const ahead = await open(server, `?epoch=${server.log.epoch}&since=6`);
    await ahead.tells('whole', 'c', 'a', '@5');
    for (const { client } of [reader, other, ahead]) client.destroy();
  });

  it('repeats its version while nothing changes, and takes longer than a report may', async () => {
    const clock = fakeClock();
    const server = serveCatalog({ clock });
    const reader = await open(server);
    await reader.tells('whole', '@0');
    for (let n = 0; n < 12; n++) await clock.advance(5_000);
    await reader.tells('whole', ...Array.from({ length: 13 }, () => '@0'));
    reader.client.destroy();
    await eventually(() => assert.equal(clock.timers, 0));
  });

  it('ends after an hour, in good order', async () => {
    const clock = fakeClock();
    const reader = await open(serveCatalog({ clock }));
    await reader.tells('whole', '@0');
    const closed = once(reader.client, 'end');
    await clock.advance(3_600_000);
    await closed;
    assert.ok(reader.isWhole());
    reader.client.destroy();
    await eventually(() => assert.equal(clock.timers, 0));
  });

  it('ends when the caller has to show its certificate again', async () => {
    const server = serveCatalog();
    const reader = await open(server);
    await reader.tells('whole', '@0');
    const closed = once(reader.client, 'end');
    server.log.end();
    await closed;
    assert.ok(reader.isWhole());
    reader.client.destroy();
  });

  it('ends when its connections have to be made anew, and is there for who comes again', async () => {
    const server = serveCatalog();
    const reader = await open(server);
    await reader.tells('whole', '@0');
    const closed = once(reader.client, 'end');
    server.renew();
    await closed;
    assert.ok(reader.isWhole());
    reader.client.destroy();
    const next = await open(server, `?epoch=${server.log.epoch}&since=0`);
    await next.tells('changes', '@0');
    next.client.destroy();
  });

  it('is not there while nothing is known', async () => {
    const server = serveCatalog();
    server.forget();
    assert.match(await statusOf(server, get()), /^HTTP\/1\.1 503 .*\r\nretry-after: 1\r\n/is);
  });

  it('is there for who follows HTTP', async () => {
    const server = serveCatalog();
    for (const query of [
      '?since=1',
      '?epoch=e',
      '?epoch=e&since=01',
      '?epoch=e&since=-1',
      '?epoch=&since=1',
      '?epoch=e&since=1&since=2',
      '?epoch=a%20b&since=1',
      '?epoch=e&since=9007199254740993',
    ])
      assert.match(await statusOf(server, get(query)), /^HTTP\/1\.1 400 /, query);
    assert.match(await statusOf(server, get('', 'content-length: 9\r\n')), /^HTTP\/1\.1 400 /);
    assert.match(await statusOf(server, get('', 'transfer-encoding: chunked\r\n')), /^HTTP\/1\.1 400 /);
    assert.match(await statusOf(server, get().replace('GET', 'DELETE')), /^HTTP\/1\.1 405 /);
    assert.match(await statusOf(server, get().replace('services', 'service')), /^HTTP\/1\.1 404 /);
    assert.match(await statusOf(server, get().replace('services', 'peer')), /^HTTP\/1\.1 404 /);
  });

  it('cuts who asks again before the answer has ended', async () => {
    const server = serveCatalog();
    const reader = await open(server);
    await reader.tells('whole', '@0');
    reader.client.write(get());
    await eventually(() => assert.ok(reader.far.destroyed));
    reader.client.destroy();
  });

  it('cuts who sends no more, whether or not it reads', async () => {
    const server = serveCatalog();
    const reader = await open(server);
    await reader.tells('whole', '@0');
    reader.client.end();
    await eventually(() => assert.ok(reader.far.destroyed));
    server.put(...big(2_000));
    const [client, far] = await deaf(server);
    client.end();
    await eventually(() => assert.ok(far.destroyed));
    client.destroy();
  });

  it('holds one piece for who does not read, and cuts it after half a minute', async () => {
    const clock = fakeClock();
    const server = serveCatalog({ clock });
    server.put(...big(10_000));
    const [client, far] = await deaf(server);
    for (let n = 0; n < 5; n++) server.put(...big(100, `${n}`));
    await clock.advance(20_000);
    await eventually(() => assert.ok(far.writableLength > 0));
    assert.ok(far.writableLength < 200_000, `${far.writableLength} bytes wait`);
    await clock.advance(10_000);
    await eventually(() => assert.ok(far.destroyed));
    client.destroy();
    await eventually(() => assert.equal(clock.timers, 0));
  });

  it('tells who has read slowly the last of many changes', async () => {
    const server = serveCatalog();
    server.put(...big(10_000));
    const [client, far] = await deaf(server);
    await eventually(() => assert.ok(far.writableLength > 0));
    for (let n = 1; n <= 50; n++) server.put(aListed('s9999', { ready: 0, total: n }));
    server.drop('default/s9998');
    let text = '';
    client.on('data', (data: Buffer) => (text += data.toString())).resume();
    await eventually(() => assert.match(text, /"version":10051/));
    assert.equal(text.match(/"name":"s9999"/g)?.length, 1);
    assert.match(text, /"total":50/);
    assert.match(text, /"kind":"gone","key":"default\/s9998"/);
    client.destroy();
  });

  it('ends for who has missed too much', async () => {
    const server = serveCatalog();
    server.put(...big(10_000));
    const [client, far] = await deaf(server);
    await eventually(() => assert.ok(far.writableLength > 0));
    server.drop(...big(10_000).map(({ name }) => `default/${name}`));
    const text = (await readAll(client)).toString();
    assert.doesNotMatch(text, /"kind":"at"/);
    assert.match(text, /\r\n0\r\n\r\n$/);
    client.destroy();
  });

  it('serves so many streams of a link, and answers others at once', async () => {
    const server = serveCatalog({ bounds: { perLink: 2, all: 9 } });
    const readers = [await open(server), await open(server)];
    for (const reader of readers) await reader.tells('whole', '@0');
    assert.match(await statusOf(server, get()), /^HTTP\/1\.1 429 .*\r\nretry-after: 5\r\n/is);
    readers[0]!.client.destroy();
    await eventually(() => assert.ok(readers[0]!.far.destroyed));
    const next = await open(server);
    await next.tells('whole', '@0');
    for (const { client } of [...readers, next]) client.destroy();
  });

  it('begins so many times at once, and then once a second', async () => {
    const clock = fakeClock();
    const server = serveCatalog({ clock });
    const statuses = async (count: number) => {
      const all: (string | undefined)[] = [];
      for (let n = 0; n < count; n++) {
        const reader = await open(server);
        await eventually(() => assert.notEqual(reader.status(), undefined));
        all.push(reader.status());
        reader.client.destroy();
        await eventually(() => assert.ok(reader.far.destroyed));
      }
      return all;
    };
    assert.deepEqual(new Set(await statuses(32)), new Set(['200']));
    assert.deepEqual(await statuses(1), ['429']);
    await clock.advance(2_000);
    assert.deepEqual(await statuses(3), ['200', '200', '429']);
  });

  it('lets 200 connections wait for nothing', async () => {
    const server = serveCatalog();
    const all = await Promise.all(Array.from({ length: 200 }, () => open(server)));
    await eventually(() => assert.equal(all.filter((one) => one.status() === '200').length, 8));
    await eventually(() => assert.equal(all.filter(({ far }) => far.destroyed).length, 192));
    for (const { client } of all) client.destroy();
    await eventually(() => assert.ok(all.every(({ far }) => far.destroyed)));
    const next = await open(server);
    await next.tells('whole', '@0');
    next.client.destroy();
  });
});

/** Services of about a thousand bytes. */
function big(count: number, mark = '') {
  return Array.from({ length: count }, (_, n) =>
    aListed(`s${n}`, { annotations: { text: `${'x'.repeat(1_000)}${mark}` } }),
  );
}

describe('readSince()', () => {
  it('reads what it has written', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.maxSafeNat(), (epoch, version) => {
        const query = new URLSearchParams({ epoch, since: String(version), other: 'x' });
        assert.deepEqual(readSince(query), { epoch, version });
      }),
    );
  });

  it('reads a version and an epoch, or nothing, out of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = readSince(new URLSearchParams(text));
        if (typeof read !== 'object') return;
        assert.ok(Number.isSafeInteger(read.version) && read.version >= 0);
        assert.match(read.epoch, /^[!-~]{1,64}$/);
      }),
    );
    const words = fc.constantFrom('epoch=', 'since=', '&', '=', '1', '-', '0x1', '1e3', '%00', ' ', 'e');
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        const query = new URLSearchParams(parts.join(''));
        const read = readSince(query);
        const [epochs, versions] = [query.getAll('epoch'), query.getAll('since')];
        if (epochs.length + versions.length === 0) assert.equal(read, 'nothing');
        else if (epochs.length !== 1 || versions.length !== 1) assert.equal(read, undefined);
        else if (read !== undefined)
          assert.deepEqual(read, { epoch: epochs[0], version: Number(versions[0]) });
      }),
    );
  });
});
