import assert from 'node:assert/strict';
import { egressPorts } from '../../../../src/api/names.js';
import { serviceMirrors } from '../../../../src/api/resources.js';
import { gatewayAddresses } from '../../order/clusters.js';
import { eventually } from '../../../driver/eventually.js';
import type { London } from '../london.js';
import { notThere } from '../text.js';
import type { Cases } from '../world.js';

const egress = [...gatewayAddresses.egress];
const unready = egress.map((address) => `(${address})`);

/** The egress ports of a mirror, by its ports, once it has one for each of these. */
async function egressPortsOf(
  london: London,
  name: string,
  ...ports: number[]
): Promise<Record<number, number>> {
  return eventually(async () => {
    const { status } = await london.get(serviceMirrors, name);
    const given = (status?.ports ?? []).flatMap(({ port, gatewayPort }) =>
      gatewayPort === undefined ? [] : [[port, gatewayPort] as const],
    );
    assert.deepEqual(
      given.map(([port]) => port),
      ports,
    );
    return Object.fromEntries(given);
  });
}

/** The label of what Paris does not export; see {@link keptBack}. */
const keptBackLabel = 'kept-back';

/** A service that Paris keeps back. */
export const isKeptBack = { labels: { [keptBackLabel]: 'yes' } };

/** What a Link of Paris exports so that a case may keep a service back. */
export const keptBack = {
  services: { matchExpressions: [{ key: keptBackLabel, operator: 'DoesNotExist' as const }] },
  allowSelectorless: false,
};

/** Mirrors over our own gateways: Link `paris`, with two egress gateways in London, and two ingress gateways in Paris. */
export const gateway: Cases = {
  'a mirror leads to the egress gateways, each port to a port of its own there': async ({
    london,
    paris,
  }) => {
    await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['http 80', 'admin 9000'], endpoints: egress });
    const given = await egressPortsOf(london, 'web-paris', 80, 9000);
    const podPorts = [`http ${given[80]}`, `admin ${given[9000]}`];
    await london.shows('web-paris', { podPorts });
    assert.notEqual(given[80], given[9000]);
    for (const port of Object.values(given)) assert.ok(port >= egressPorts.first && port <= egressPorts.last);
    for (const { endpoints } of await london.slices('web-paris'))
      for (const each of endpoints ?? []) assert.deepEqual(Object.keys(each), ['addresses', 'conditions']);
  },

  'two mirrors of one service have different egress ports': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.mirrors('web', { as: 'shop' }).from('paris');
    for (const name of ['web-paris', 'shop']) await london.shows(name, { endpoints: egress });
    const ports = await Promise.all(['web-paris', 'shop'].map((name) => egressPortsOf(london, name, 80)));
    assert.notEqual(ports[0]?.[80], ports[1]?.[80]);
  },

  'a port that is added or removed leaves the egress ports of the others': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { endpoints: egress });
    const first = await egressPortsOf(london, 'web-paris', 80);
    await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
    await london.shows('web-paris', { ports: ['http 80', 'admin 9000'], message: /^1 of 1 .* ready$/ });
    const both = await egressPortsOf(london, 'web-paris', 80, 9000);
    assert.equal(both[80], first[80]);
    await london.shows('web-paris', {
      podPorts: [`http ${both[80]}`, `admin ${both[9000]}`],
      endpoints: egress,
    });
    await paris.exports('web', { ports: ['admin 9000'] });
    await london.shows('web-paris', { podPorts: [`admin ${both[9000]}`], endpoints: egress, stays: before });
  },

  'a port that is renamed keeps its egress port': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    const before = await egressPortsOf(london, 'web-paris', 80);
    await paris.exports('web', { ports: ['web 80'] });
    await london.shows('web-paris', {
      ports: ['web 80'],
      podPorts: [`web ${before[80]}`],
      endpoints: egress,
    });
  },

  'a service that Paris does not export is not ready until it does': async ({ london, paris }) => {
    await paris.exports('web', isKeptBack);
    await london.mirrors('web').from('paris');
    await london.tells(
      'web-paris',
      'Ready=False/NotExported',
      /does not export \S+\/web to this cluster; there/,
    );
    await london.hasEndpoints('web-paris', ...unready);
    await paris.changes('web', { metadata: { labels: { [keptBackLabel]: null } } });
    await london.shows('web-paris', { endpoints: egress });
    await paris.changes('web', { metadata: { labels: { [keptBackLabel]: 'yes' } } });
    await london.tells('web-paris', 'Ready=False/NotExported', /does not export/);
    await london.hasEndpoints('web-paris', ...unready);
  },

  'a service without a selector is not exported, for its slices could lead anywhere': async ({
    london,
    paris,
  }) => {
    await paris.exports('web');
    await paris.changes('web', { spec: { selector: null } });
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/NotExported', /does not export/);
    await paris.changes('web', { spec: { selector: { app: 'web' } } });
    await london.shows('web-paris', { endpoints: egress });
  },

  'a service without ready pods has no ready endpoints, until one is': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress, counted: '1/1' });
    await paris.runs('web', '(10.9.0.1)');
    await london.tells('web-paris', 'Ready=False/NoReadyEndpoints', /none of the 1 remote endpoints/);
    await london.hasEndpoints('web-paris', ...unready);
    await paris.runs('web', '10.9.0.1');
    await london.shows('web-paris', { endpoints: egress });
  },

  'another pod in Paris writes nothing, and one more only the count': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    await london.writes([], () => paris.runs('web', '10.9.0.2'));
    const count = ['update servicemirrors/status web-paris'];
    await london.writes(count, () => paris.runs('web', '10.9.0.2', '10.9.0.3'));
  },

  'a label in Paris is one write': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    const label = { metadata: { labels: { team: 'shop' } } };
    await london.writes(['patch services web-paris'], () => paris.changes('web', label));
  },

  'a service that is deleted and made again has the same egress port': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { endpoints: egress });
    const ports = await egressPortsOf(london, 'web-paris', 80);
    await paris.loses('web');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    await london.hasEndpoints('web-paris', ...unready);
    await paris.exports('web');
    await london.shows('web-paris', { endpoints: egress, stays: before });
    assert.deepEqual(await egressPortsOf(london, 'web-paris', 80), ports);
  },

  'a mirror that is pointed at another service leads there through another egress port': async (world) => {
    const { london, paris } = world;
    await paris.exports('web');
    await paris.exports('shop');
    await london.mirrors('web', { as: 'front' }).from('paris');
    const before = await london.shows('front', { endpoints: egress });
    const first = await egressPortsOf(london, 'front', 80);
    await london.mirrors('shop', { as: 'front' }).from('paris');
    await london.shows('front', { endpoints: egress, stays: before });
    assert.notEqual((await egressPortsOf(london, 'front', 80))[80], first[80]);
  },

  'a mirror that is deleted leaves nothing, and its port to nobody': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    const first = await egressPortsOf(london, 'web-paris', 80);
    await london.deletes(serviceMirrors, 'web-paris');
    await london.lacks('web-paris');
    assert.deepEqual(await london.slices('web-paris'), []);
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    assert.notEqual((await egressPortsOf(london, 'web-paris', 80))[80], first[80]);
  },

  'UDP is left out, and session affinity lost, and the mirror says both': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['dns 53/UDP', 'http 80'], spec: { sessionAffinity: 'ClientIP' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', {
      ...{ ports: ['http 80'], endpoints: egress, spec: { sessionAffinity: 'None' } },
      message: /does not carry 53\/UDP.*cannot keep the service's session affinity/,
    });
  },

  'pods that only the node of the gateway may reach are told of': async ({ london, paris }) => {
    await paris.exports('web', { spec: { internalTrafficPolicy: 'Local' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress, message: /internalTrafficPolicy: Local, so that/ });
    await paris.changes('web', { spec: { internalTrafficPolicy: 'Cluster' } });
    await london.shows('web-paris', { endpoints: egress, message: /^1 of 1 remote endpoints are ready$/ });
  },

  'what a port speaks travels to the slices': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['web 80/TCP http'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['web 80/TCP http'], endpoints: egress });
    await eventually(async () => {
      const [slice] = await london.slices('web-paris');
      assert.equal(slice?.ports?.[0]?.appProtocol, 'http');
    });
  },

  'a second Link to the same peer is refused, and the first goes on': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { endpoints: egress });
    await london.links(name, { transport: 'gateway' });
    await london.mirrors('web').from(name);
    await london.linkSays(name, 'GatewayHealthy=False/PeerConflict');
    await london.tells(`web-${name}`, 'Ready=False/GatewayUnhealthy', /Link "paris"/);
    await london.shows('web-paris', { endpoints: egress });
  },
};
