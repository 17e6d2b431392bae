import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { inviteName } from '../../src/protocol/invitation.js';
import type { Inviter } from '../../src/protocol/invitationchannel.js';
import { peerChannelName } from '../../src/protocol/serviceid.js';
import { aCluster } from '../gen/pki.js';
import { pairingsFor } from './pairings.js';
import { echo, startTarget } from './target.js';
import { aPeer, startPair, type Pair } from './gatewaypair.js';

/** An inviter that notes who asked. */
function anInviter() {
  const asked: string[] = [];
  const inviter: Inviter = {
    facts: () => (asked.push('facts'), { cluster: 'paris', caBundle: 'PEM' }),
    mayAsk: (source) => (asked.push(source), false),
    take: () => assert.fail('nothing of a request is read'),
  };
  return { inviter, asked };
}

/** What comes back for a request over TLS, up to the end; empty: nothing did. */
function ask(pair: Pair, options: ConnectionOptions, text = get()): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({
      ...{ host: '127.0.0.1', port: pair.ingressPort, minVersion: 'TLSv1.3' },
      ...{ rejectUnauthorized: false, checkServerIdentity: () => undefined, ...options },
    });
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => (answer += data.toString()));
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

const get = (host = 'x', path = '/v1/invitation') => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
const invite = inviteName('paris');

/** What a client without a certificate may ask for in vain. */
const closed: Readonly<Record<string, (pair: Pair) => string>> = {
  'what is exported': (pair) => pair.nameOf('open'),
  'what is exported, in capitals': (pair) => pair.nameOf('open').toUpperCase(),
  'the peer channel': () => peerChannelName('paris'),
  'no name at all': () => '',
  'the invitations of another cluster': () => inviteName('london'),
  'a name below that of invitations': () => `x.${invite}`,
  'a name that begins like that of invitations': () => `invite-2.paris.mirror.internal`,
  'the domain alone': () => 'paris.mirror.internal',
  'the wildcard of the certificate': () => '*.paris.mirror.internal',
  'the name of invitations with a dot after it': () => `${invite}.`,
};

for (const pairing of pairingsFor('invitations', { exporter: ['invitations'] })) {
  describe(`invitations: ${pairing.name}`, { timeout: 90_000 }, () => {
    test('let strangers in under one name alone', async (t) => {
      const { inviter, asked } = anInviter();
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing, { inviter });
      await pair.offer('open', target.port);
      await pair.tellParis({ invites: true });

      await t.test('a client without a certificate is answered', async () => {
        assert.match(await ask(pair, { servername: invite }), /^HTTP\/1\.1 200 .*"cluster":"paris"/s);
      });
      await t.test('so is one that writes the name in capitals', async () => {
        assert.match(await ask(pair, { servername: invite.toUpperCase() }), /^HTTP\/1\.1 200 /);
      });
      await t.test('so is one with a certificate that nobody here knows, or that all know', async () => {
        const { cert, key } = (await aCluster('london')).egress;
        assert.match(await ask(pair, { servername: invite, cert, key }), /^HTTP\/1\.1 200 /);
        const known = pair.london.egress;
        const shown = { cert: known.cert, key: known.key };
        assert.match(await ask(pair, { servername: invite, ...shown }), /^HTTP\/1\.1 200 /);
      });
      await t.test('its address is that by which requests are counted', async () => {
        asked.length = 0;
        const post = 'POST /v1/invitation HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';
        assert.match(await ask(pair, { servername: invite }, post), /^HTTP\/1\.1 429 /);
        assert.deepEqual(asked, ['127.0.0.1']);
      });
      await t.test('not over TLS 1.2', async () => {
        const old = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
        assert.equal(await ask(pair, { servername: invite, ...old }), '');
      });
      await t.test('a header that names another host leads nowhere else', async () => {
        const other = get(peerChannelName('paris'), '/v1/peer');
        assert.match(await ask(pair, { servername: invite }, other), /^HTTP\/1\.1 404 /);
        const name = get(pair.nameOf('open'), '/');
        assert.match(await ask(pair, { servername: invite }, name), /^HTTP\/1\.1 404 /);
      });

      for (const [what, nameOf] of Object.entries(closed))
        await t.test(`a client without a certificate does not get ${what}`, async () => {
          asked.length = 0;
          const carried = target.accepted.length;
          const { cert, key } = (await aCluster('london')).egress;
          for (const shown of [{}, { cert, key }]) {
            assert.equal(await ask(pair, { servername: nameOf(pair), ...shown }), '');
            assert.equal(await ask(pair, { servername: nameOf(pair), ...shown }, get(invite)), '');
          }
          assert.deepEqual(asked, []);
          assert.equal(target.accepted.length, carried, 'the target was reached');
        });

      await t.test('a peer is served as before', async () => {
        const { cert, key } = pair.london.egress;
        const servername = peerChannelName('paris');
        const report = await ask(pair, { servername, cert, key }, get('x', '/v1/peer'));
        assert.match(report, /^HTTP\/1\.1 200 /);
      });
    });

    test('let nobody in while there are none', async () => {
      const { inviter, asked } = anInviter();
      await using pair = await startPair(pairing, { inviter });
      assert.equal(await ask(pair, { servername: invite }), '');
      await pair.tellParis({ invites: true });
      assert.notEqual(await ask(pair, { servername: invite }), '');
      await pair.tellParis({ invites: false });
      asked.length = 0;
      assert.equal(await ask(pair, { servername: invite }), '');
      const { cert, key } = pair.london.egress;
      assert.equal(await ask(pair, { servername: invite, cert, key }), '');
      assert.deepEqual(asked, []);
    });

    test('show the certificate of the gateway, also after it was renewed and CAs have changed', async () => {
      const { inviter } = anInviter();
      await using pair = await startPair(pairing, { inviter });
      await pair.tellParis({ invites: true });
      const other = await aCluster('paris');
      for (const identity of [pair.paris.ingress, other.ingress]) {
        await pair.tellParis({ identity });
        const shown = await shownTo(pair, invite);
        assert.equal(shown, await shownTo(pair, peerChannelName('paris')));
        assert.match(await ask(pair, { servername: invite }), /^HTTP\/1\.1 200 /);
        assert.equal(await ask(pair, { servername: peerChannelName('paris') }), '');
      }
      const berlin = await aCluster('berlin');
      await pair.tellParis({ peers: [aPeer('to-berlin', 'berlin', berlin.authority)] });
      assert.match(await ask(pair, { servername: invite }), /^HTTP\/1\.1 200 /);
      for (const who of [pair.london.egress, undefined]) {
        const shown = who && { cert: who.cert, key: who.key };
        assert.equal(await ask(pair, { servername: peerChannelName('paris'), ...shown }), '');
      }
    });

    test('are refused where nobody answers them', async () => {
      await using pair = await startPair(pairing);
      await pair.tellParis({ invites: true });
      assert.equal(await ask(pair, { servername: invite }), '');
    });
  });
}

/** The fingerprint of the certificate that a server shows. */
function shownTo(pair: Pair, servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { cert, key } = pair.london.egress;
    const socket = connect({
      ...{ host: '127.0.0.1', port: pair.ingressPort, servername, cert, key },
      ...{ rejectUnauthorized: false, checkServerIdentity: () => undefined },
    });
    socket.on('error', reject);
    socket.once('secureConnect', () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
  });
}
