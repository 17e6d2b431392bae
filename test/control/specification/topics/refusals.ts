import assert from 'node:assert/strict';
import { endpointSlices, serviceMirrors, services } from '../../../../src/api/resources.js';
import { aService, aSlice, endpoint, port } from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import { askWebhook, exhaust, forbid, type Forbidden } from '../policy.js';
import { startRefusingWebhook } from '../webhook.js';
import type { London } from '../london.js';
import type { Cases } from '../world.js';

/** Forbids that, and waits until it is in force: a probe of ours is refused, too. */
async function forbidden(
  london: London,
  what: Forbidden,
  probe: ReturnType<typeof aService> | ReturnType<typeof aSlice>,
): Promise<() => Promise<void>> {
  const allow = await forbid(london, what);
  const resource = what.resource === 'services' ? services : endpointSlices;
  await eventually(() =>
    assert.rejects(async () => {
      await london.creates(probe);
      await london.deletes(resource, probe.metadata.name);
    }, /not in this house/),
  );
  return allow;
}

const twoPorts = { ports: ['http 80', 'https 443'] };

/** What London's own API server refuses: its words are told, and everything else goes on. */
export const refusals: Cases = {
  'a quota that allows no Service is told in its words, and the mirror comes when it is lifted': async (
    world,
  ) => {
    const { london, paris, name } = world;
    const lift = await exhaust(london, 'services');
    const other = await world.elsewhere(`${name}-other`);
    await paris.exports('web');
    await other.paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.tells(
      'web-paris',
      'Synced=False/WriteRefused',
      /Service "web-paris": .*exceeded quota: none-left/,
    );
    await london.tells('web-paris', 'Ready=False/WriteRefused', /exceeded quota: none-left/);
    await london.tellsOf('web-paris', 'WriteRefused');
    await other.london.mirrors('web').from('paris');
    await other.london.shows('web-paris');
    await lift();
    await london.shows('web-paris');
  },

  'a quota that allows no slice is told in its words': async ({ london, paris }) => {
    const lift = await exhaust(london, 'endpointslices.discovery.k8s.io');
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'EndpointsReady=False/WriteRefused', /exceeded quota: none-left/);
    await london.tells('web-paris', 'Synced=True', /./);
    await lift();
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a quota that allows no ServiceMirror is counted by the Link': async ({ london, paris, name }) => {
    const lift = await exhaust(london, 'servicemirrors.linkerd.io');
    await london.linksAutomatically(name);
    await paris.exports('web');
    await london.linkCounts(name, { mirrors: 0, reasons: 'WriteRefused 1' });
    await lift();
    await london.shows(`web-${name}`);
    await london.linkCounts(name, { mirrors: 1 });
  },

  'a policy that forbids a new port leaves the Service and its status as they were': async (world) => {
    const { london, paris } = world;
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80'] });
    const unless = 'object.spec.ports.all(p, p.port != 443)';
    const allow = await forbidden(london, { resource: 'services', unless }, aService('probe', port(443)));
    await paris.exports('web', twoPorts);
    await london.tells('web-paris', 'Synced=False/WriteRefused', /not in this house/);
    const { status } = await london.get(serviceMirrors, 'web-paris');
    assert.deepEqual(
      status?.ports?.map((each) => each.port),
      [80],
    );
    assert.deepEqual((await london.service('web-paris')).spec.ports, before.spec.ports);
    await allow();
    await paris.exports('web', { ...twoPorts, labels: { again: 'yes' } });
    await london.shows('web-paris', { ...twoPorts, stays: before });
  },

  'a pod that is gone does not count while the slices without it are refused': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const unless = 'object.endpoints.all(e, e.addresses.all(a, a != "10.9.0.2"))';
    const probe = aSlice('probe', endpoint('10.9.0.2'));
    const allow = await forbidden(london, { resource: 'endpointslices', unless }, probe);
    await paris.runs('web', '10.9.0.2');
    const words = /EndpointSlices of Service "web-paris": .*not in this house/;
    await london.tells('web-paris', 'EndpointsReady=False/WriteRefused', words);
    await london.tells('web-paris', 'Synced=True', /./);
    await allow();
    await london.shows('web-paris', { endpoints: ['10.9.0.2'] });
  },

  'a webhook that nobody answers is told of, and other namespaces go on': async (world) => {
    const { london, paris, name } = world;
    const other = await world.elsewhere(`${name}-other`);
    await paris.exports('web');
    await other.paris.exports('web');
    const forget = await askWebhook(london, 'services', { url: 'https://127.0.0.1:1/' });
    await eventually(() =>
      assert.rejects(london.creates(aService('probe', port(1))), /failed calling webhook/),
    );
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/WriteRefused', /failed calling webhook "house.example.com"/);
    await other.london.mirrors('web').from('paris');
    await other.london.shows('web-paris');
    await forget();
    await london.shows('web-paris');
  },

  'the words of a webhook that refuses are told, and the mirror comes when it is gone': async ({
    london,
    paris,
  }) => {
    const { close, ...where } = await startRefusingWebhook('ask the mayor first');
    try {
      await paris.exports('web');
      const forget = await askWebhook(london, 'services', where);
      await eventually(() => assert.rejects(london.creates(aService('probe', port(1))), /ask the mayor/));
      await london.mirrors('web').from('paris');
      const words =
        /Service "web-paris": .*webhook "house.example.com" denied the request: ask the mayor first/;
      await london.tells('web-paris', 'Ready=False/WriteRefused', words);
      await forget();
      await london.shows('web-paris');
    } finally {
      close();
    }
  },

  'annotations that leave no room for ours are told of': async ({ london, paris }) => {
    await paris.exports('web', { annotations: { about: 'x'.repeat(262_144 - 20) } });
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Synced=False/WriteRefused', /annotations.*[Tt]oo long/);
    await paris.exports('web', { annotations: { about: 'sells' } });
    await london.shows('web-paris', { annotations: { about: 'sells' } });
  },

  'in a namespace that is being deleted nothing is made, and what is there follows': async (world) => {
    const { london, paris, name } = world;
    await paris.exports('web');
    await paris.exports('shop');
    await london.mirrors('web').from('paris');
    await london.mirrors('shop').from('paris');
    await london.shows('web-paris');
    await london.shows('shop-paris');
    await london.kubectl('delete', 'namespace', name, '--wait=false');
    await london.deletes(services, 'shop-paris');
    await paris.runs('web', '10.9.0.2');
    await london.hasEndpoints('web-paris', '10.9.0.2');
    await london.tells('shop-paris', 'Ready=False', /is being deleted/);
    assert.ok(await london.isGone(services, 'shop-paris'));
    const other = await world.elsewhere(`${name}-other`);
    await other.paris.exports('web');
    await other.london.mirrors('web').from('paris');
    await other.london.shows('web-paris');
  },

  'a namespace that is being deleted gets no automatic mirror': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('first');
    await london.shows(`first-${name}`);
    await london.kubectl('delete', 'namespace', name, '--wait=false');
    await paris.exports('web');
    // the namespace controller removes the other one, and does not run here
    await london.linkCounts(name, { mirrors: 1, reasons: 'NamespaceMissing 1' });
  },
};
