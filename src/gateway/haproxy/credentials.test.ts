import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRoot } from '../../../test/gen/pki.js';
import { silent } from '../../runtime/log.js';
import {
  bringCredentials,
  type WorkerCredentials,
  freshCredentials,
  unknownCredentials,
} from './credentials.js';
import type { Pem, Rendered } from './render/layout.js';

const pem = async (name: string): Promise<Pem> => ({
  path: `/${name.split(' ')[0]}.pem`,
  text: (await aRoot(new Date(), `CN=${name}`)).cert,
});
const [own, renewed] = [await pem('own 1'), await pem('own 2')];
const [cas, others] = [await pem('cas 1'), await pem('cas 2')];

const wanting = (certificate: Pem, bundle: Pem): Rendered => ({
  ...{ config: '', certificate, bundles: [bundle], maps: new Map(), servers: new Map() },
  parts: () => new Map(),
});

async function bring(has: WorkerCredentials, wanted: Rendered, answer = 'transaction Success') {
  const said: string[] = [];
  const ask = async (command: string) => {
    said.push(command.split(' ').slice(0, 3).join(' '));
    return answer;
  };
  const worker = { pid: 1, old: false, reloads: 0, ask, tell: async () => {} };
  return { missing: await bringCredentials(worker, has, { wanted, log: silent }), said };
}

const [setCas, setOwn] = [
  ['set ssl ca-file', 'commit ssl ca-file'],
  ['set ssl cert', 'commit ssl cert'],
];

test('bringCredentials() gives a worker CAs, or certificates, and says that the other kind takes a reload', async () => {
  const one = freshCredentials(wanting(own, cas));
  assert.deepEqual(await bring(one, wanting(own, cas)), { missing: [], said: [] });
  assert.deepEqual(await bring(one, wanting(own, others)), { missing: [], said: setCas });
  assert.deepEqual(await bring(one, wanting(renewed, others)), { missing: [own.path], said: [] });
  assert.deepEqual(await bring(one, wanting(renewed, cas)), { missing: [own.path], said: setCas });
  const other = freshCredentials(wanting(own, cas));
  assert.deepEqual(await bring(other, wanting(renewed, others)), { missing: [cas.path], said: setOwn });
  assert.deepEqual(await bring(other, wanting(own, others)), { missing: [cas.path], said: setOwn });
});

test('bringCredentials() gives a worker of before nothing, and asks it what it has', async () => {
  const asked = ['show ssl cert', 'show ssl ca-file'];
  assert.deepEqual(await bring(unknownCredentials(), wanting(own, cas)), {
    missing: [own.path, cas.path],
    said: asked,
  });
});

test('bringCredentials() says that CAs which HAProxy does not take need a reload', async () => {
  const has = freshCredentials(wanting(own, cas));
  const { missing } = await bring(has, wanting(own, others), 'Failed');
  assert.deepEqual(missing, [cas.path]);
  assert.equal(has.given, 'unknown');
});
