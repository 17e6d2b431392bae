import assert from 'node:assert/strict';
import { links, serviceMirrors, services } from '../../../../src/api/resources.js';
import { createAuthority } from '../../../../src/pki/ca.js';
import type { Says } from '../../../driver/conditions.js';
import type { Linked } from '../shown.js';
import type { Cases, World } from '../world.js';

/** A Link to a gateway of which all is known; London has no egress gateway. */
async function overGatewayOf(cluster: string): Promise<Linked> {
  const { ca: caBundle } = await createAuthority(cluster, { now: new Date() });
  return {
    ...{ transport: 'gateway', peer: { cluster, caBundle } },
    gateway: { addresses: [{ host: '127.0.0.1', port: 1 }] },
  };
}

const overGateway: Linked = { transport: 'gateway' };
const overLinkerd: Linked = {
  transport: 'linkerd',
  // nobody answers there
  gateway: { addresses: [{ host: '127.0.0.1', port: 1 }], identity: 'gateway.example.com' },
};

/** Over that Link a mirror of `web` is not accepted: all its conditions say so, and it has no Service. */
async function refused(
  { london, name }: World,
  link: string,
  reason: string,
  message: RegExp,
): Promise<void> {
  const mirror = await london.tells(`web-${link}`, `Accepted=False/${reason}` as Says, message);
  for (const { type, ...is } of mirror.status?.conditions ?? [])
    if (type !== 'Stalled') assert.equal(is.reason, reason, type);
  assert.ok(await london.isGone(services, `web-${link}`));
  const shown = await london.kubectl('get', 'servicemirrors', `web-${link}`, '-n', name);
  assert.match(shown, new RegExp(`${reason}\\s+\\S+\\s*$`));
}

/** What each transport carries, and what is told of the rest. */
export const unsupported: Cases = {
  'an alias has no mirror, over any transport': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web', { spec: { type: 'ExternalName', externalName: 'example.com' }, pods: [] });
    for (const [index, over] of [{}, overGateway, overLinkerd].entries()) {
      const link = `${name}-${index}`;
      await london.links(link, over);
      await london.mirrors('web').from(link);
      await refused(
        world,
        link,
        'UnsupportedService',
        /of type ExternalName.*mirror the service it stands for/,
      );
    }
  },

  'a headless service whose pods have no names goes over flat only': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web', { spec: { clusterIP: 'None' } });
    for (const [index, over] of [overGateway, overLinkerd].entries()) {
      const link = `${name}-${index}`;
      await london.links(link, over);
      await london.mirrors('web').from(link);
      await refused(world, link, 'UnsupportedService', /is headless.* use transport flat/);
    }
    await london.links(name);
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { spec: { clusterIP: 'None' }, endpoints: ['10.9.0.1'] });
  },

  'UDP alone goes over flat only': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web', { ports: ['dns 53/UDP'] });
    await london.links(name, overGateway);
    await london.mirrors('web').from(name);
    await refused(world, name, 'UnsupportedProtocol', /gateway carries TCP, not UDP; use transport flat/);
    await london.links(name, overLinkerd);
    await refused(world, name, 'UnsupportedProtocol', /linkerd carries TCP, not UDP; use transport flat/);
    await london.deletes(links, name);
    await london.links(name);
    await london.shows(`web-${name}`, { ports: ['dns 53/UDP'], podPorts: ['dns 8053/UDP'] });
  },

  'UDP beside TCP is left out over a gateway, and the mirror says so': async ({ london, paris, name }) => {
    await paris.exports('web', { ports: ['dns 53/UDP', 'dns-tcp 53'] });
    await london.links(name, overGateway);
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { says: ['Accepted=True', 'Synced=True'], ports: ['dns-tcp 53'] });
    const { status } = await london.get(serviceMirrors, `web-${name}`);
    assert.deepEqual(
      status?.ports?.map(({ name: port, protocol }) => `${port}/${protocol}`),
      ['dns-tcp/TCP'],
    );
  },

  'without an egress gateway a mirror has a Service, and says that there is none': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await london.links(name, await overGatewayOf(name));
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { says: ['Synced=True', 'Ready=False/NoLocalGateway'], endpoints: [] });
  },

  'over a gateway to a cluster without one a mirror waits, and says for what': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await london.links(name, overGateway);
    await london.mirrors('web').from(name);
    await london.tells(
      `web-${name}`,
      'Ready=False/Pending',
      /publishes no ConfigMap .*; install service-mirror/,
    );
  },

  'a Linkerd gateway that nobody has seen alive has no ready endpoints': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await london.links(name, overLinkerd);
    await london.mirrors('web').from(name);
    await london.shows(`web-${name}`, { says: ['Synced=True', 'Ready=False'] });
  },

  'a mirror whose Link changes its transport keeps its cluster IP': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.links(name);
    await london.mirrors('web').from(name);
    const before = await london.shows(`web-${name}`);
    await london.relinks(name, await overGatewayOf(name));
    await london.shows(`web-${name}`, { says: ['Ready=False/NoLocalGateway'], stays: before });
    await london.relinks(name, { transport: 'flat', peer: null, gateway: null });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], stays: before });
  },

  'an automatic mirror whose Link changes its transport keeps its cluster IP': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await london.linksAutomatically(name);
    const before = await london.shows(`web-${name}`);
    const { metadata } = await london.get(serviceMirrors, `web-${name}`);
    await london.relinks(name, await overGatewayOf(name));
    await london.shows(`web-${name}`, { says: ['Ready=False/NoLocalGateway'], stays: before });
    await london.relinks(name, { transport: 'flat', peer: null, gateway: null });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], stays: before });
    assert.equal((await london.get(serviceMirrors, `web-${name}`)).metadata.uid, metadata.uid);
  },

  'a headless service without ports has a mirror without': async ({ london, paris }) => {
    await paris.exports('web', { spec: { clusterIP: 'None' }, ports: [] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { spec: { clusterIP: 'None' }, ports: [] });
  },
};
