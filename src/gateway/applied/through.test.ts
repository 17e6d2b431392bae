import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { eventually } from '../../../test/driver/eventually.js';
import { read, readAll } from '../../../test/conformance/client.js';
import { socketPair } from '../../../test/conformance/socketpair.js';
import { silent } from '../../runtime/log.js';
import { tunnelling } from './through.js';

const asked = (url: string) => ({ url }) as IncomingMessage;

test('the operator is joined to the peer of the link that it names, with what it has said already', async () => {
  const [near, far] = await socketPair();
  const links: string[] = [];
  const answer = tunnelling({
    isOperator: () => true,
    log: silent,
    async through(link, { stream }) {
      links.push(link);
      stream.pipe(stream);
    },
  });
  answer(asked('paris:1'), near, Buffer.from('early '));
  const greeting = 'HTTP/1.1 200 Connection Established\r\n\r\n';
  assert.equal((await read(far, greeting.length)).toString(), greeting);
  far.end('and late');
  assert.equal((await readAll(far)).toString(), 'early and late');
  assert.deepEqual(links, ['paris']);
  near.destroy();
});

const refused = {
  'somebody else': { url: 'paris:1', isOperator: false, status: 403 },
  'a target that is no link': { url: 'paris.example.com:443', isOperator: true, status: 404 },
};
for (const [what, { url, isOperator, status }] of Object.entries(refused)) {
  test(`${what} is refused`, async () => {
    const [near, far] = await socketPair();
    const through = () => assert.fail('it was carried');
    tunnelling({ through, isOperator: () => isOperator, log: silent })(asked(url), near, Buffer.alloc(0));
    assert.match((await readAll(far)).toString(), new RegExp(`^HTTP/1.1 ${status} `));
    await eventually(() => near.destroyed);
    far.destroy();
    near.destroy();
  });
}

test('no more than some are carried at once, and those that end make room', async (t) => {
  const answer = tunnelling({ through: async () => {}, isOperator: () => true, log: silent });
  const ask = async () => {
    const [near, far] = await socketPair();
    t.after(() => [near, far].forEach((socket) => void socket.destroy()));
    answer(asked('paris:1'), near, Buffer.alloc(0));
    return { near, status: (await read(far, 12)).toString().slice(-3) };
  };
  const all = [];
  for (let count = 0; count < 256; count++) all.push(await ask());
  assert.equal((await ask()).status, '503');
  const [first] = all;
  first!.near.destroy();
  await eventually(() => first!.near.closed);
  assert.equal((await ask()).status, '200');
});
