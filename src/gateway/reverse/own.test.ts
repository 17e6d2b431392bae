import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAll } from '../../../test/conformance/client.js';
import { startTarget } from '../../../test/conformance/target.js';
import { readCidr } from '../../net/cidr.js';
import { systemClock } from '../../runtime/clock.js';
import { sourceOf } from '../source.js';
import { connectOwn, sourceFor } from './own.js';

const never = new AbortController().signal;

test('our own gateway sees another address for each link', async () => {
  await using target = await startTarget(() => {});
  const own = { host: '127.0.0.1', port: target.port, proxies: [] };
  for (const link of ['london', 'rome']) {
    const socket = await connectOwn(own, { link, clock: systemClock }, never);
    socket.destroy();
  }
  const seen = target.accepted.map(({ remoteAddress = '' }) => sourceOf(remoteAddress));
  assert.deepEqual(seen.toSorted(), [sourceFor('london'), sourceFor('rome')].toSorted());
  assert.equal(new Set(seen).size, 2);
});

test('where connections from here begin with a PROXY header, this one does', async () => {
  await using target = await startTarget((socket) => socket.end());
  const own = { host: '127.0.0.1', port: target.port, proxies: [readCidr('127.0.0.0/8')] };
  const socket = await connectOwn(own, { link: 'london', clock: systemClock }, never);
  socket.end();
  assert.equal((await readAll(target.accepted[0]!)).toString(), 'PROXY UNKNOWN\r\n');
});

test('a link has one address of this host, and never one of the network itself', () => {
  for (let n = 0; n < 500; n++) assert.match(sourceFor(`link-${n}`), /^127\.\d+\.\d+\.([2-9]|\d\d|\d\d\d)$/);
  assert.equal(sourceFor('london'), sourceFor('london'));
});
