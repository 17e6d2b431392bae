import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { spiffeId } from '../../src/api/names.js';
import { profileOf } from '../../src/pki/profile.js';
import { aCluster, aLeaf } from '../gen/pki.js';
import { call, connect, endsAs, read, readAll } from './client.js';
import { startTlsTarget } from './target.js';
import { cuts, pairings } from './pairings.js';
import { aPeer, londonLink, startPair, type Pair } from './gatewaypair.js';

const serving = profileOf('ingress', 'paris');
const manyNames = Array.from({ length: 900 }, (_, n) => `n${n}`.padEnd(20, 'x'));
const week = 7 * 24 * 3600_000;

/** What the server in the place of paris's gateway shows. */
type Shown = (pair: Pair) => TlsOptions | Promise<TlsOptions>;

const impostors: Record<string, Shown> = {
  'shows a certificate of another CA with all the right names': async () => (await aCluster('paris')).ingress,
  'shows a certificate for another cluster under the right CA': ({ paris }) =>
    aLeaf(paris.authority, 'paris', profileOf('ingress', 'rome')),
  'shows the right DNS name with the SPIFFE ID of another cluster': ({ paris }) =>
    aLeaf(paris.authority, 'paris', { ...serving, uris: [spiffeId('rome', 'gateway')] }),
  'shows the right SPIFFE ID with the DNS name of another cluster': ({ paris }) =>
    aLeaf(paris.authority, 'paris', { ...serving, dnsNames: ['*.rome.mirror.internal'] }),
  'shows no SPIFFE ID': ({ paris }) => aLeaf(paris.authority, 'paris', { ...serving, uris: [] }),
  'shows a certificate that has the name as its common name only': ({ paris }) =>
    aLeaf(paris.authority, 'paris', { ...serving, commonName: '*.paris.mirror.internal', dnsNames: [] }),
  // a buffer of HAProxy takes 16 kB
  'shows another SPIFFE ID and so many names that the certificate fits into no buffer': ({ paris }) =>
    aLeaf(paris.authority, 'paris', {
      ...serving,
      dnsNames: [...serving.dnsNames, ...manyNames],
      uris: [spiffeId('rome', 'gateway')],
    }),
  'shows an expired certificate': ({ paris }) =>
    aLeaf(paris.authority, 'paris', { ...serving, now: new Date(Date.now() - 2 * week), life: week }),
  'shows a certificate for clients only': ({ paris }) =>
    aLeaf(paris.authority, 'paris', { ...serving, usages: ['clientAuth'] }),
  'speaks TLS 1.2': ({ paris }) => ({ ...paris.ingress, maxVersion: 'TLSv1.2' }),
};

for (const pairing of pairings) {
  describe(`who is called: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a client is connected to the peer, and to nobody who', async (t) => {
      await using pair = await startPair(pairing);
      const port = await pair.offer('bank', 9);
      const { london, paris } = pair;
      const replaceParis = (server: number) =>
        pair.tellLondon({
          identity: london.egress,
          peers: [aPeer('cluster-a', 'paris', paris.authority, server)],
        });

      await t.test('is the peer itself', async () => {
        await using server = await startTlsTarget(paris.ingress);
        await replaceParis(server.port);
        const client = await connect(port);
        assert.equal((await read(client, 7)).toString(), 'welcome');
        client.destroy();
      });
      for (const [what, shown] of Object.entries(impostors)) {
        await t.test(what, async () => {
          await using server = await startTlsTarget(await shown(pair));
          await replaceParis(server.port);
          const client = call(port);
          client.write('my password');
          await endsAs(client, cuts(pairing));
          assert.equal(client.bytesRead, 0);
          if (pairing.caller.capabilities.judgesFirst) assert.deepEqual(server.heard, []);
        });
      }
    });

    test('a request on a pooled route is answered by the peer, and by nobody who', async (t) => {
      await using pair = await startPair(pairing);
      const port = await pair.offer('bank', 9, [londonLink], { kind: 'tcp' }, true);
      const { london, paris } = pair;
      const answer =
        'HTTP/1.1 103 Early Hints\r\nlink: </evil>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nwelcome';
      const heardFrom = async (options: TlsOptions) => {
        await using server = await startTlsTarget(options, (socket) =>
          socket.once('data', () => socket.end(answer)),
        );
        await pair.tellLondon({
          identity: london.egress,
          peers: [aPeer('cluster-a', 'paris', paris.authority, server.port)],
        });
        const client = call(port);
        client.write('GET / HTTP/1.1\r\nhost: bank\r\nconnection: close\r\n\r\n');
        return (await readAll(client).catch(() => '')).toString();
      };
      await t.test('is the peer itself', async () =>
        assert.match(await heardFrom(paris.ingress), /^HTTP\/1\.1 103 [^]*welcome$/),
      );
      for (const [what, shown] of Object.entries(impostors)) {
        await t.test(what, async () =>
          assert.doesNotMatch(await heardFrom(await shown(pair)), /welcome|evil| 103 | 200 /),
        );
      }
    });
  });
}
