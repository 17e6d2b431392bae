import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { aCluster, leavesOf } from '../../gen/pki.js';
import { isAnswered } from '../client.js';
import { echo, startTarget } from '../target.js';
import { aPeer, londonLink } from '../gatewaypair.js';
import { startHaproxyPair, type HaproxyPair } from './haproxypair.js';

test('a renewed certificate is shown after CAs were brought, and CAs are in force after it', async () => {
  await using target = await startTarget(echo);
  await using pair = await startHaproxyPair();
  const port = await pair.offer('echo', target.port);
  const [berlin, next] = [await aCluster('berlin'), await aCluster('london')];
  const london = aPeer(londonLink, 'london', pair.london.authority);
  const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
  const { ca: old } = pair.paris.authority;
  await pair.tellParis({ peers: [london, aPeer('cluster-c', 'berlin', berlin.authority)] });
  const { ingress } = await leavesOf('paris', pair.paris.authority);
  await pair.tellParis({ identity: ingress });
  assert.equal(await shownBy(pair), new X509Certificate(ingress.cert).fingerprint256);
  await pair.tellLondon({ peers: [{ ...paris, caBundle: old + berlin.authority.ca }] });
  await pair.tellParis({ peers: [aPeer(londonLink, 'london', next.authority)] });
  await pair.tellLondon({ identity: next.egress });
  assert.ok(await isAnswered(port), 'the egress gateway shows its new one, and Paris knows the new CA');
});

/** Fingerprint of what Paris's ingress gateway shows to London. */
async function shownBy(pair: HaproxyPair): Promise<string | undefined> {
  const { cert, key, ca } = pair.london.egress;
  const where = { host: '127.0.0.1', port: pair.ingressPort, servername: pair.nameOf('echo') };
  const asked = { ...where, rejectUnauthorized: false };
  const socket = connect({ ...asked, cert, key, ca });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256;
  } finally {
    socket.destroy();
  }
}
