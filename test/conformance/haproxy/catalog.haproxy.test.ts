import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { peerChannelName } from '../../../src/protocol/serviceid.js';
import { createCatalogLog } from '../../../src/protocol/cataloglog.js';
import { eventually } from '../../driver/eventually.js';
import { readCatalog } from '../../gen/catalogreader.js';
import { aCluster, leavesOf } from '../../gen/pki.js';
import { aPeer, londonLink } from '../gatewaypair.js';
import { processesOf, startHaproxyPair } from './haproxypair.js';

test('a reload leaves no worker behind for catalogs, whose readers come again', async () => {
  const log = createCatalogLog({ cluster: 'paris', uid: 'u', caBundle: '' });
  await using pair = await startHaproxyPair({ ingress: { catalog: () => log } });
  const { cert, key } = pair.london.operator;
  const dial = () =>
    readCatalog(
      connectTls({
        ...{ port: pair.ingressPort, host: '127.0.0.1', servername: peerChannelName('paris') },
        ...{ cert, key, ca: pair.paris.authority.ca },
      }),
    );
  const reader = dial();
  await reader.tells('whole', '@0');
  const berlin = await aCluster('berlin');
  // after another certificate, it takes a reload to bring other CAs
  await pair.tellParis({ identity: (await leavesOf('paris', pair.paris.authority)).ingress });
  await pair.tellParis({
    peers: [
      aPeer(londonLink, 'london', pair.london.authority),
      aPeer('cluster-c', 'berlin', berlin.authority),
    ],
  });
  await eventually(() => assert.ok(reader.isWhole()));
  await eventually(async () => assert.equal((await processesOf(pair.directories.ingress)).workers.length, 1));
  const next = dial();
  await next.tells('whole', '@0');
  next.socket.destroy();
});
