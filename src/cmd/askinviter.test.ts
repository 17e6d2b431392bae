import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { createSecureContext } from 'node:tls';
import { aCluster, leavesOf, type ClusterPki } from '../../test/gen/pki.js';
import { keyPinOf } from '../pki/keypin.js';
import type { KeyPair } from '../pki/keypair.js';
import { encodeAnswer, encodeFacts, encodeRefusal, inviteName } from '../protocol/invitation.js';
import type { InviteCode } from '../protocol/invitecode.js';
import { systemClock } from '../runtime/clock.js';
import { askInviter, LostError, RefusedError } from './askinviter.js';

let paris: ClusterPki;
let lyon: ClusterPki;
before(async () => {
  [paris, lyon] = await Promise.all([aCluster('paris'), aCluster('lyon')]);
});

const identityOf = ({ cluster, authority }: ClusterPki) => ({
  ...{ cluster, uid: `uid-${cluster}`, caBundle: authority.cert, addresses: [] },
});

/** What a server shows and says; each may differ from what the gateway of Paris does. */
interface Server {
  readonly shown?: () => KeyPair;
  readonly facts?: () => string;
  readonly answer?: () => { readonly status: number; readonly text: string };
}

async function startServer(t: TestContext, { shown, facts, answer }: Server = {}) {
  const bodies: string[] = [];
  const names: string[] = [];
  const server = createServer(
    {
      SNICallback(name, done) {
        names.push(name);
        const { cert, key } = shown?.() ?? paris.ingress;
        done(null, createSecureContext({ cert, key }));
      },
    },
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        if (request.method === 'GET')
          return response.end(facts?.() ?? encodeFacts({ cluster: 'paris', caBundle: paris.authority.cert }));
        bodies.push(body);
        const { status, text } = answer?.() ?? {
          status: 200,
          text: encodeAnswer({ identity: identityOf(paris), exports: 'all Services' }),
        };
        response.writeHead(status).end(text);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { bodies, names, address: { host: '127.0.0.1', port } };
}

const codeFor = (...addresses: InviteCode['addresses']): InviteCode => ({
  ...{ id: '4f2a9c1e', secret: Buffer.alloc(20, 7), cluster: 'paris', expires: 0, addresses },
  pins: [keyPinOf(new X509Certificate(paris.authority.cert))],
});
const asked = () => ({ act: 'redeem', identity: identityOf(lyon) }) as const;

test('the gateway of the code proves itself before the secret travels', async (t) => {
  const { bodies, names, address } = await startServer(t);
  const inviter = await askInviter(codeFor(address), systemClock);
  assert.deepEqual(bodies, []);
  const answer = await inviter.ask(asked());
  assert.equal(answer.exports, 'all Services');
  assert.equal(bodies.length, 1);
  assert.deepEqual([...new Set(names)], [inviteName('paris')]);
});

test('addresses that do not answer, or do not prove themselves, are passed over', async (t) => {
  const { address: impostor, bodies } = await startServer(t, { shown: () => lyon.ingress });
  const { address } = await startServer(t);
  const inviter = await askInviter(codeFor({ host: '127.0.0.1', port: 1 }, impostor, address), systemClock);
  assert.deepEqual(inviter.address, address);
  assert.deepEqual(bodies, []);
});

const impostors: Readonly<Record<string, () => Server | Promise<Server>>> = {
  'with a certificate of another CA': () => ({ shown: () => lyon.ingress }),
  'with a certificate of its own CA in our name': async () => {
    const { ingress } = await leavesOf('paris', lyon.authority);
    return { shown: () => ingress };
  },
  'that shows its own CA beside the right one': async () => {
    const { ingress } = await leavesOf('paris', lyon.authority);
    const cert = ingress.cert + paris.authority.cert;
    return { shown: () => ({ ...ingress, cert }) };
  },
  'under the right CA in the name of another cluster': async () => {
    const { ingress } = await leavesOf('lyon', paris.authority);
    return { shown: () => ingress };
  },
  'that is the operator of the right cluster': () => ({ shown: () => paris.operator }),
  'that says it is another cluster and has another CA': () => ({
    facts: () => encodeFacts({ cluster: 'lyon', caBundle: lyon.authority.cert }),
  }),
  'that says nothing': () => ({ facts: () => '' }),
  'that says too much': () => ({ facts: () => ' '.repeat(100_000) }),
};

for (const [what, server] of Object.entries(impostors))
  test(`a server ${what} gets nothing`, async (t) => {
    const { bodies, address } = await startServer(t, await server());
    await assert.rejects(askInviter(codeFor(address), systemClock), /was not reached/);
    assert.deepEqual(bodies, []);
  });

test('a server that takes over later gets nothing', async (t) => {
  let shown = paris.ingress;
  const { bodies, address } = await startServer(t, { shown: () => shown });
  const inviter = await askInviter(codeFor(address), systemClock);
  shown = lyon.ingress;
  await assert.rejects(inviter.ask(asked()), LostError);
  assert.deepEqual(bodies, []);
});

test('a refusal is told with its reason', async (t) => {
  const text = encodeRefusal({ refusal: 'NotOpen', message: 'it has ended' });
  const { address } = await startServer(t, { answer: () => ({ status: 403, text }) });
  const inviter = await askInviter(codeFor(address), systemClock);
  await assert.rejects(
    inviter.ask(asked()),
    (error) => error instanceof RefusedError && error.refusal === 'NotOpen',
  );
});

for (const [what, text] of Object.entries({ 'is no answer': '{}', 'is too long': 'x'.repeat(70_000) }))
  test(`what ${what} counts as lost`, async (t) => {
    const { address } = await startServer(t, { answer: () => ({ status: 200, text }) });
    const inviter = await askInviter(codeFor(address), systemClock);
    await assert.rejects(inviter.ask(asked()), LostError);
  });
