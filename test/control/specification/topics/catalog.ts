import assert from 'node:assert/strict';
import { links, services } from '../../../../src/api/resources.js';
import { messageOf } from '../../../driver/conditions.js';
import { aLink, byCatalog } from '../../../gen/gen.js';
import { pinOf } from '../../../gen/pki.js';
import { gatewayAddresses } from '../../order/clusters.js';
import { notThere } from '../text.js';
import type { Cases } from '../world.js';
import { isKeptBack } from './gateway.js';

const egress = [...gatewayAddresses.egress];
const unready = egress.map((address) => `(${address})`);

/** What London knows of Paris without credentials: what the ingress gateways of Paris tell. */
export const catalog: Cases = {
  'what Paris does not export is as if it were not there, until it does': async ({ london, paris }) => {
    await paris.exports('web', isKeptBack);
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    assert.ok(await london.isGone(services, 'web-paris'));
    await paris.changes('web', { metadata: { labels: { [Object.keys(isKeptBack.labels)[0]!]: null } } });
    const before = await london.shows('web-paris', { endpoints: egress });
    await paris.exports('web', isKeptBack);
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    await london.hasEndpoints('web-paris', ...unready);
    await paris.exports('web');
    await london.shows('web-paris', { endpoints: egress, stays: before });
  },

  'a service without a selector is not told of': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    await paris.changes('web', { spec: { selector: null } });
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
  },

  'a mirror of Paris is not told of': async ({ london, paris }) => {
    await paris.exports('web', { labels: { 'mirror.linkerd.io/mirrored-service': 'true' } });
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
  },

  'only its ports of TCP are told of': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['dns 53/UDP', 'http 80'], spec: { sessionAffinity: 'ClientIP' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', {
      ...{ ports: ['http 80'], endpoints: egress, spec: { sessionAffinity: 'None' } },
      message: /^1 of 1 remote endpoints are ready; transport gateway cannot keep .* session affinity$/,
    });
  },

  'a peer may be pinned by the fingerprint of its CA, which its gateway proves': async (world) => {
    const { london, name } = world;
    const linked = await london.get(links, 'paris');
    const { cluster = '', caBundle = '' } = linked.spec.peer ?? {};
    const [right, wrong] = [pinOf({ cert: caBundle }), `sha256:${'ab'.repeat(32)}`];
    for (const [each, fingerprint] of Object.entries({ right, wrong }))
      await london.applies(
        aLink(`${name}-${each}`, byCatalog({ cluster, fingerprint }, ...gatewayAddresses.ingress)),
      );
    const { status } = await london.linkSays(`${name}-right`, 'Connected=True');
    assert.equal(status?.peer?.uid, linked.status?.peer?.uid);
    const other = await london.linkSays(`${name}-wrong`, 'Connected=False/Unreachable');
    assert.match(
      messageOf(other, 'Connected'),
      /under no CA with the fingerprint of spec\.peer\.fingerprint/,
    );
  },

  'pods are counted, however many they are': async ({ london, paris }) => {
    const pods = Array.from({ length: 300 }, (_, n) => `10.9.${n >> 8}.${n & 255}`);
    await paris.exports('web', { pods: pods.map((pod, n) => (n < 200 ? pod : `(${pod})`)) });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress, counted: '200/300' });
  },
};
