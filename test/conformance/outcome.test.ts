import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NotInForce } from '../../src/gateway/outcome.js';
import { aCluster } from '../gen/pki.js';
import { connect, isAnswered, read, tryTls } from './client.js';
import { aPeer, londonLink, startPair } from './gatewaypair.js';
import { pairings } from './pairings.js';
import { freePort } from './ports.js';
import { echo, startTarget } from './target.js';

/** What is not in force, and why. */
function named(missing: readonly NotInForce[]): object[] {
  return missing.map(({ message: _, ...part }) => part);
}

const berlinLink = 'cluster-c';
const unreadable = { kind: 'link', link: berlinLink, reason: 'BundleInvalid' };

for (const pairing of pairings) {
  describe(`parts that cannot be had: ${pairing.name}`, { timeout: 60_000 }, () => {
    test('a peer to be called whose bundle cannot be read is named, and the other peers are called', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const berlin = await aCluster('berlin');
      const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
      const bad = { ...aPeer(berlinLink, 'berlin', berlin.authority, 9), caBundle: 'nonsense' };
      assert.deepEqual(named(await pair.tryLondon({ peers: [bad, paris] })), [unreadable]);
      assert.ok(await isAnswered(port));
      const other = { ...pair.routes()[0]!, port: await freePort() };
      const routes = [...pair.routes(), other];
      assert.deepEqual(named(await pair.tryLondon({ routes })), [unreadable], 'it is named again');
      assert.ok(await isAnswered(other.port), 'what comes later is taken all the same');
      await pair.tellLondon({ peers: [aPeer(berlinLink, 'berlin', berlin.authority, 9), paris] });
    });

    test('a peer that may call whose bundle cannot be read is named, and the other peers are let in', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port, [londonLink, berlinLink]);
      const berlin = await aCluster('berlin');
      const london = aPeer(londonLink, 'london', pair.london.authority);
      const good = aPeer(berlinLink, 'berlin', berlin.authority);
      assert.deepEqual(named(await pair.tryParis({ peers: [{ ...good, caBundle: 'nonsense' }, london] })), [
        unreadable,
      ]);
      assert.ok(await isAnswered(port));
      const { cert, key } = berlin.egress;
      const ask = () => tryTls(pair.ingressPort, { cert, key, servername: pair.nameOf('echo') });
      assert.ok('refused' in (await ask()));
      await pair.tellParis({ peers: [good, london] });
      assert.deepEqual(await ask(), { answered: 'hello\n' });
    });

    test('a port that another process has is named, the others are open, and it is had once it is free', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const good = await pair.offer('good', target.port);
      const free = await freePort();
      const [route] = pair.routes();
      await using blocker = await startTarget((socket) => socket.destroy(), '127.0.0.1', free);
      const routes = [route!, { ...route!, port: free }];
      assert.deepEqual(named(await pair.tryLondon({ routes })), [
        { kind: 'port', port: free, reason: 'PortUnavailable' },
      ]);
      assert.ok(await isAnswered(good));
      await blocker[Symbol.asyncDispose]();
      await pair.tellLondon({ routes });
      assert.ok(await isAnswered(free));
    });

    test('a peer without an address is named, and its port is open to nobody', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const paris = aPeer('cluster-a', 'paris', pair.paris.authority);
      assert.deepEqual(named(await pair.tryLondon({ peers: [paris] })), [
        { kind: 'link', link: 'cluster-a', reason: 'NoAddress' },
      ]);
      assert.equal(await isAnswered(port), false);
    });

    test('our own certificate that cannot be used is named, the one before is shown, and all else is taken', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const { london, paris } = pair;
      const port = await pair.offer('echo', target.port);
      const gone = await connect(await pair.offer('gone', target.port));
      gone.write('hello');
      await read(gone, 5);
      const unusable = [{ kind: 'certificate', reason: 'CertificateUnusable' }];
      const mixed = { ...london.egress, key: paris.egress.key };
      assert.deepEqual(named(await pair.tryLondon({ identity: mixed })), unusable);
      const exports = pair.exports().slice(0, 1);
      const identity = { ...paris.ingress, key: london.ingress.key };
      assert.deepEqual(named(await pair.tryParis({ identity, exports })), unusable);
      assert.ok(await isAnswered(port));
      await gone.toArray().catch(() => undefined);
    });

    test('what is exported as HTTP and not carried is named, and what is exported as TCP is', async () => {
      await using target = await startTarget(echo);
      await using pair = await startPair(pairing);
      const port = await pair.offer('echo', target.port);
      const [exported] = pair.exports();
      const http = { ...exported!, serviceId: 's-http', protocol: { kind: 'http' } as const };
      const missing = named(await pair.tryParis({ exports: [exported!, http] }));
      const uncarried = { kind: 'export', serviceId: 's-http', reason: 'ProtocolUnsupported' };
      assert.deepEqual(missing, pairing.exporter.capabilities.http ? [] : [uncarried]);
      assert.ok(await isAnswered(port));
    });
  });
}
