import assert from 'node:assert/strict';
import { keys } from '../../../../src/api/names.js';
import { endpointSlices, links, serviceMirrors } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { startLinkerdGateway, type LinkerdGateway } from '../linkerdgateway.js';
import type { Linked } from '../shown.js';
import { endpointOf } from '../text.js';
import type { Cases, World } from '../world.js';

/** Addresses at which cases start gateways of Linkerd; each is one case's alone. */
export const linkerdAddresses = [...Array(17).keys()].map((n) => `10.20.2.${n + 1}`).concat('fd00:20::1');
const identity = 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local';

/** A Link over Linkerd's gateways at these hosts. */
function over(...hosts: string[]): Linked & { transport: 'linkerd' } {
  const addresses = hosts.map((host) => ({ host, port: 8143 }));
  // it answers at once, or refuses: a probe that comes late on a busy machine must not count as lost
  const probe = { period: '200ms', timeout: '10s', failureThreshold: 3, successThreshold: 1 };
  const where = { path: '/ready', port: 4191 };
  return { transport: 'linkerd', gateway: { addresses, identity, probe: { ...probe, ...where } } };
}

/** London has a Link over a gateway at that address, and a mirror of `web`, which is ready. */
async function mirrored({ london, paris, name }: World, host: string): Promise<LinkerdGateway> {
  const gateway = await startLinkerdGateway(host);
  await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
  await london.links(name, over(host));
  await london.mirrors('web').from(name);
  await london.shows(`web-${name}`, { endpoints: [host], podPorts: ['http 8143', 'admin 8143'] });
  return gateway;
}

const discovered = { labels: { [keys.exported]: 'remote-discovery' } };

/** Mirrors over gateways of Linkerd, as its proxies and tools read them. */
export const linkerd: Cases = {
  'every port leads to the gateway, under the name by which Linkerd finds it': async (world) => {
    await mirrored(world, '10.20.2.1');
  },

  'its proxies learn the gateway’s identity and the remote name from each slice': async (world) => {
    const { london, name } = world;
    await mirrored(world, '10.20.2.2');
    const service = await london.shows(`web-${name}`);
    const [slice] = await london.slices(`web-${name}`);
    const fqName = `web.${name}.svc.cluster.local`;
    assert.equal(slice?.metadata.annotations?.[keys.gatewayIdentity], identity);
    for (const { labels, annotations } of [slice.metadata, service.metadata]) {
      assert.equal(labels?.[keys.mirroredService], 'true');
      assert.equal(labels[keys.clusterName], name);
      assert.equal(annotations?.[keys.remoteFqName], fqName);
    }
    // a proxy would take an address with a reference for a pod
    assert.deepEqual(slice.endpoints, [{ addresses: ['10.20.2.2'], conditions: { ready: true } }]);
  },

  'each pod of a headless service has a mirror, under the name that Linkerd’s gateway knows': async (
    world,
  ) => {
    const { london, paris, name } = world;
    const host = '10.20.2.17';
    await startLinkerdGateway(host);
    await paris.exports('db', { spec: { clusterIP: 'None' }, ports: ['db 5432'], pods: [] });
    await london.links(name, over(host));
    await london.mirrors('db').from(name);
    const runs = (...hostnames: string[]) =>
      paris.edits(endpointSlices, 'db-ipv4', {
        endpoints: hostnames.map((hostname, at) => ({ ...endpointOf(`10.9.0.${at + 1}`), hostname })),
      });
    await runs('db-0', 'db-1');
    const [headless, pods] = [`db-${name}`, ['db-0', 'db-1']];
    const children = await Promise.all(
      pods.map((hostname) =>
        london.shows(`${headless}-${hostname}`, {
          ...{ endpoints: [host], podPorts: ['db 8143'] },
          annotations: { [keys.remoteFqName]: `${hostname}.db.${name}.svc.cluster.local` },
          labels: { [keys.headlessMirror]: headless, [keys.mirroredService]: 'true' },
        }),
      ),
    );
    await london.shows(headless, {
      ...{ spec: { clusterIP: 'None' }, podPorts: ['db 5432'] },
      endpoints: children.map(({ spec }) => spec.clusterIP ?? ''),
    });
    const [slice] = await london.slices(headless);
    assert.deepEqual(
      slice?.endpoints?.map(({ hostname }) => hostname),
      pods,
    );
    await london.deletes(serviceMirrors, headless);
    for (const hostname of pods) await london.lacks(`${headless}-${hostname}`);
  },

  'another identity and another domain of Paris reach the slices': async (world) => {
    const { london, name } = world;
    await mirrored(world, '10.20.2.3');
    await london.relinks(name, { clusterDomain: 'paris.example', gateway: { identity: 'other.example' } });
    await eventually(async () => {
      const [slice] = await london.slices(`web-${name}`);
      assert.equal(slice?.metadata.annotations?.[keys.gatewayIdentity], 'other.example');
      assert.equal(slice.metadata.annotations[keys.remoteFqName], `web.${name}.svc.paris.example`);
    });
  },

  'a gateway that is not ready, or is gone, has no ready endpoints until it is back': async (world) => {
    const { london, name } = world;
    const host = '10.20.2.4';
    const gateway = await mirrored(world, host);
    const before = await london.service(`web-${name}`);
    gateway.isReady(false);
    await london.tells(`web-${name}`, 'Ready=False/GatewayUnhealthy', /answered status 503/);
    await london.hasEndpoints(`web-${name}`, `(${host})`);
    gateway.isReady(true);
    await london.shows(`web-${name}`, { endpoints: [host] });
    gateway.close();
    await london.tells(`web-${name}`, 'Ready=False/GatewayUnhealthy', /refused the connection/);
    await london.hasEndpoints(`web-${name}`, `(${host})`);
    await startLinkerdGateway(host);
    await london.shows(`web-${name}`, { endpoints: [host], stays: before });
  },

  'a gateway that was down from the start has no ready endpoints': async (world) => {
    const { london, paris, name } = world;
    const host = '10.20.2.5';
    await paris.exports('web');
    await london.links(name, over(host));
    await london.mirrors('web').from(name);
    await london.tells(`web-${name}`, 'Ready=False/GatewayUnhealthy', /./);
    await london.hasEndpoints(`web-${name}`, `(${host})`);
    await startLinkerdGateway(host);
    await london.shows(`web-${name}`, { endpoints: [host] });
  },

  'of two gateways the one that answers is ready': async (world) => {
    const { london, paris, name } = world;
    const [one, other] = ['10.20.2.6', '10.20.2.7'];
    await startLinkerdGateway(one);
    const second = await startLinkerdGateway(other);
    await paris.exports('web');
    await london.links(name, over(one, other));
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { endpoints: [one, other] });
    second.isReady(false);
    await london.shows(`web-${name}`, { endpoints: [one, `(${other})`] });
    await london.relinks(name, { gateway: { addresses: [{ host: one, port: 8143 }] } });
    await london.shows(`web-${name}`, { endpoints: [one] });
  },

  'gateways of both families have a slice for each': async (world) => {
    const { london, paris, name } = world;
    const hosts = ['10.20.2.8', 'fd00:20::1'];
    for (const host of hosts) await startLinkerdGateway(host);
    await paris.exports('web');
    await london.links(name, over(...hosts));
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { endpoints: hosts });
    assert.deepEqual(
      (await london.slices(`web-${name}`)).map(({ addressType }) => addressType),
      ['IPv4', 'IPv6'],
    );
  },

  'a gateway whose name has no address is told of, and its mirrors appear when it has one': async (world) => {
    const { london, paris, name } = world;
    const host = '10.20.2.9';
    await startLinkerdGateway(host);
    await paris.exports('web');
    await london.links(name, over('gateway.invalid'));
    await london.mirrors('web').from(name);
    await london.tells(`web-${name}`, 'Ready=False/GatewayUnresolved', /gateway\.invalid/);
    await london.relinks(name, { gateway: { addresses: [{ host, port: 8143 }] } });
    await london.shows(`web-${name}`, { endpoints: [host] });
  },

  'a service without ready pods has no ready endpoints, whatever changes in it': async (world) => {
    const { london, paris, name } = world;
    const host = '10.20.2.10';
    await mirrored(world, host);
    await paris.runs('web', '(10.9.0.1)');
    await london.tells(`web-${name}`, 'Ready=False/NoReadyEndpoints', /none of the 1 remote endpoints/);
    await paris.changes('web', { metadata: { labels: { team: 'shop' } } });
    const says = ['Ready=False/NoReadyEndpoints'] as const;
    await london.shows(`web-${name}`, { says, labels: { team: 'shop' }, endpoints: [`(${host})`] });
    await paris.runs('web', '10.9.0.1');
    await london.shows(`web-${name}`, { endpoints: [host] });
  },

  'another pod in Paris writes nothing': async (world) => {
    const { london, paris, name } = world;
    await mirrored(world, '10.20.2.11');
    await london.writes([], () => paris.runs('web', '10.9.0.2'), name);
  },

  'opaque ports travel, with which Linkerd takes no part in them': async (world) => {
    const { london, paris, name } = world;
    await mirrored(world, '10.20.2.12');
    const opaque = { 'config.linkerd.io/opaque-ports': '9000' };
    await paris.changes('web', { metadata: { annotations: opaque } });
    await london.shows(`web-${name}`, { annotations: opaque });
  },

  'a service that Linkerd is to find in Paris itself has labels and no slices': async (world) => {
    const { london, paris, name } = world;
    const host = '10.20.2.13';
    await mirrored(world, host);
    const ports = ['http 80', 'admin 9000'];
    await paris.exports('web', { ports, ...discovered });
    await london.shows(`web-${name}`, {
      ...{ ports, endpoints: [] },
      labels: { [keys.remoteDiscovery]: name, [keys.remoteDiscoveryService]: 'web' },
    });
    await paris.runs('web', '(10.9.0.1)');
    await london.tells(`web-${name}`, 'Ready=False/NoReadyEndpoints', /none of the 1/);
    await paris.exports('web', { ports });
    await london.shows(`web-${name}`, {
      endpoints: [host],
      labels: { [keys.remoteDiscovery]: undefined, [keys.remoteDiscoveryService]: undefined },
    });
  },

  'what Linkerd finds in Paris itself needs no gateway that answers': async ({ london, paris, name }) => {
    await paris.exports('web', discovered);
    await london.links(name, over('10.20.2.14'));
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { endpoints: [], counted: '1/1' });
  },

  'a mirror whose Link takes another transport keeps its cluster IP, and nothing of Linkerd': async (
    world,
  ) => {
    const { london, name } = world;
    const host = '10.20.2.15';
    await mirrored(world, host);
    const before = await london.service(`web-${name}`);
    const labels = { [keys.mirroredService]: undefined, [keys.clusterName]: undefined };
    await london.relinks(name, { transport: 'flat', gateway: null });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], labels, stays: before });
    const [slice] = await london.slices(`web-${name}`);
    assert.equal(slice?.metadata.annotations?.[keys.gatewayIdentity], undefined);
    assert.equal(slice?.metadata.labels?.[keys.clusterName], undefined);
    await london.relinks(name, over(host));
    await london.shows(`web-${name}`, { endpoints: [host], stays: before });
  },

  'automatic mirrors are made over it like any others, and go with their Link': async (world) => {
    const { london, paris, name } = world;
    const host = '10.20.2.16';
    await startLinkerdGateway(host);
    await paris.exports('web');
    await london.linksAutomatically(name);
    await london.relinks(name, over(host));
    await london.shows(`web-${name}`, { endpoints: [host] });
    await london.deletes(links, name);
    await london.lacks(`web-${name}`);
  },
};
