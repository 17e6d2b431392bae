import assert from 'node:assert/strict';
import { links, serviceMirrors, services } from '../../../../src/api/resources.js';
import { controllingLink } from '../../../../src/api/owner.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import { aMirror, named, of } from '../../../gen/gen.js';
import type { Cases } from '../world.js';

/** Mirrors that a Link makes by itself. */
export const automaticMirrors: Cases = {
  'a selected service gets a mirror that its Link owns': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await paris.exports('other', { labels: { export: 'no' } });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
    const mirror = await london.get(serviceMirrors, `web-${name}`);
    assert.equal(controllingLink(mirror)?.name, name);
    await london.hasMirrors(`web-${name}`);
  },

  'a service that is selected later gets its mirror then, and loses it after': async ({
    london,
    paris,
    name,
  }) => {
    await london.linksAutomatically(name);
    await paris.exports('web', { labels: { export: 'no' } });
    await paris.exports('first');
    await london.shows(`first-${name}`);
    await london.hasMirrors(`first-${name}`);
    await paris.exports('web');
    await london.shows(`web-${name}`);
    await paris.exports('web', { labels: { export: 'no' } });
    await london.lacks(`web-${name}`);
    await london.shows(`first-${name}`);
  },

  'a service that is deleted takes its mirror with it': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await paris.exports('shop');
    await london.shows(`web-${name}`);
    const shop = await london.shows(`shop-${name}`);
    await paris.loses('web');
    await london.lacks(`web-${name}`);
    await london.shows(`shop-${name}`, { stays: shop });
  },

  'every change of a service shows in its automatic mirror': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    const before = await london.shows(`web-${name}`, { ports: ['80'] });
    await paris.exports('web', { ports: ['https 443'], pods: ['10.9.0.2'], labels: { team: 'shop' } });
    await london.shows(`web-${name}`, {
      ...{ ports: ['https 443'], endpoints: ['10.9.0.2'], labels: { team: 'shop' }, stays: before },
    });
  },

  'a template that gives the same name keeps the Service': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    const before = await london.shows(`web-${name}`);
    const nameTemplate = `{service}-${name}`;
    await london.writes([], () => london.relinks(name, { imports: { nameTemplate } }), name);
    await london.shows(`web-${name}`, { stays: before });
  },

  'another template gives another name, and the old one goes': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await london.shows(`web-${name}`);
    await london.relinks(name, { imports: { nameTemplate: '{cluster}-{namespace}-{service}' } });
    await london.shows(`${name}-${name}-web`, { endpoints: ['10.9.0.1'] });
    await london.lacks(`web-${name}`);
  },

  'a name of more than 63 characters is cut and ends in a hash': async ({ london, paris, name }) => {
    const nameTemplate = `{service}-{service}`;
    const [one, other] = [`${'w'.repeat(40)}-a`, `${'w'.repeat(40)}-b`];
    await london.linksAutomatically(name, { nameTemplate });
    await paris.exports(one);
    await paris.exports(other, { pods: ['10.9.0.2'] });
    await london.linkCounts(name, { mirrors: 2 });
    const mirrors = (await london.list(serviceMirrors)).map(({ metadata }) => metadata.name);
    for (const mirror of mirrors) {
      assert.match(mirror, /^w{40}-[ab]-w+-[0-9a-f]{8}$/);
      assert.ok(mirror.length <= 63);
      await london.shows(mirror);
    }
  },

  'a template that gives one name to all of a namespace is refused': async ({ london, name }) => {
    await assert.rejects(london.linksAutomatically(name, { nameTemplate: 'web' }), /\{service\}/);
    await assert.rejects(london.linksAutomatically(name, { nameTemplate: '{service}_' }), /template/);
    await assert.rejects(london.linksAutomatically(name, { nameTemplate: '-{service}' }), /template/);
    await assert.rejects(london.linksAutomatically(name, { nameTemplate: '{pod}-{service}' }), /template/);
  },

  'a name that no Service may have is counted, until the template gives another': async (world) => {
    const { london, name } = world;
    const there = await world.elsewhere(`9-${name}`);
    await london.linksAutomatically(name, { nameTemplate: '{namespace}-{service}' });
    await there.paris.exports('web', { labels: { export: name } });
    await london.linkCounts(name, { mirrors: 0, reasons: 'InvalidName 1' });
    await london.relinks(name, { imports: { nameTemplate: 'm-{namespace}-{service}' } });
    await there.london.shows(`m-9-${name}-web`);
  },

  'an empty selector is refused': async ({ london, name }) => {
    await assert.rejects(london.linksAutomatically(name, { selector: {} }), /automatic needs a selector/);
    await assert.rejects(london.links(name, { imports: { automatic: true } }), /automatic needs a selector/);
  },

  'another selector adds what it selects, and takes away what not': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web', { labels: { tier: `${name}-front` } });
    await paris.exports('shop');
    await paris.exports('bank', { labels: { tier: `${name}-front`, export: 'no' } });
    const web = await london.shows(`web-${name}`);
    await london.hasMirrors(`web-${name}`, `shop-${name}`);
    const selector = { matchLabels: { export: null, tier: `${name}-front` } };
    await london.relinks(name, { imports: { selector } });
    await london.hasMirrors(`web-${name}`, `bank-${name}`);
    await london.shows(`web-${name}`, { stays: web });
    await london.lacks(`shop-${name}`);
  },

  'only remote namespaces that are named are taken from': async (world) => {
    const { london, paris, name } = world;
    const other = await world.elsewhere(`${name}-other`);
    await london.linksAutomatically(name, { remoteNamespaces: [name] });
    await paris.exports('web');
    await other.paris.exports('web', { labels: { export: name } });
    await london.shows(`web-${name}`);
    await london.relinks(name, { imports: { remoteNamespaces: [name, `${name}-other`] } });
    await other.london.shows(`web-${name}`);
    await london.relinks(name, { imports: { remoteNamespaces: [`${name}-other`] } });
    await london.lacks(`web-${name}`);
    await other.london.shows(`web-${name}`);
  },

  'only local namespaces that are selected get mirrors': async ({ london, paris, name }) => {
    await london.linksAutomatically(name, { namespaces: { matchLabels: { mirrors: name } } });
    await paris.exports('web');
    await london.linkCounts(name, { mirrors: 0, reasons: 'NamespaceNotAllowed 1' });
    await london.kubectl('label', 'namespace', name, `mirrors=${name}`);
    await london.shows(`web-${name}`);
    await london.kubectl('label', 'namespace', name, 'mirrors-');
    await london.lacks(`web-${name}`);
  },

  'a Link that is no longer automatic takes its mirrors away, and no others': async ({
    london,
    paris,
    name,
  }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await london.mirrors('web', { as: 'mine' }).from(name);
    await london.shows(`web-${name}`);
    const mine = await london.shows('mine');
    await london.relinks(name, { imports: { automatic: false } });
    await london.lacks(`web-${name}`);
    await london.shows('mine', { stays: mine });
    await london.relinks(name, { imports: { automatic: true } });
    await london.shows(`web-${name}`);
  },

  'a Link that is deleted takes exactly its mirrors': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await london.linksAutomatically(`${name}-b`);
    await paris.exports('web');
    await london.mirrors('web', { as: 'mine' }).from(name);
    await london.shows('mine');
    await london.shows(`web-${name}`);
    const other = await london.shows(`web-${name}-b`);
    await london.deletes(links, name);
    await london.lacks(`web-${name}`);
    await london.shows(`web-${name}-b`, { stays: other });
    await london.tells('mine', 'Ready=False/LinkNotFound', /there is no Link/);
    await london.hasEndpoints('mine', '(10.9.0.1)');
  },

  'a mirror that somebody changes is changed back, at the same cluster IP': async ({
    london,
    paris,
    name,
  }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await paris.exports('shop', { labels: { export: 'no' }, pods: ['10.9.0.9'] });
    const before = await london.shows(`web-${name}`);
    await london.edits(serviceMirrors, `web-${name}`, { spec: { service: { name: 'shop' } } });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], stays: before });
    assert.equal((await london.get(serviceMirrors, `web-${name}`)).spec.service.name, 'web');
  },

  'a mirror that somebody deletes comes back': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    const before = await london.shows(`web-${name}`);
    await london.deletes(serviceMirrors, `web-${name}`);
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], after: before });
  },

  'a mirror that somebody wrote comes before an automatic one of that name': async (world) => {
    const { london, paris, name } = world;
    await london.linksAutomatically(name);
    await paris.exports('web');
    await paris.exports('shop', { pods: ['10.9.0.9'], labels: { export: 'no' } });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
    await london.applies(aMirror('mine', of('paris', `${name}/shop`), named(`web-${name}`)));
    await london.hasMirrors('mine');
    await london.hasEndpoints(`web-${name}`, '10.9.0.9');
    await london.linkCounts(name, { mirrors: 0, reasons: 'NameConflict 1' });
    await london.deletes(serviceMirrors, 'mine');
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
  },

  'a selected alias has a mirror that says why it has no Service': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('alias', { spec: { type: 'ExternalName', externalName: 'example.com' }, pods: [] });
    await london.tells(`alias-${name}`, 'Ready=False/UnsupportedService', /of type ExternalName/);
    assert.ok(await london.isGone(services, `alias-${name}`));
  },

  'mirrors of Paris are never mirrored': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('theirs', { labels: { 'mirror.linkerd.io/mirrored-service': 'true' } });
    await paris.exports('web');
    await london.shows(`web-${name}`);
    await london.hasMirrors(`web-${name}`);
  },

  'a service whose namespace London lacks is counted, and has its mirror when that is made': async (
    world,
  ) => {
    const { london, name } = world;
    const there = `${name}-there`;
    await london.linksAutomatically(name);
    const paris = await world.paris.makes(there);
    await paris.exports('web', { labels: { export: name } });
    await london.linkCounts(name, { mirrors: 0, reasons: 'NamespaceMissing 1' });
    const { metadata, status } = await london.get(links, name);
    assert.deepEqual(status?.imports?.display, '0/1');
    const link = { apiVersion: 'linkerd.io/v1alpha1', kind: links.kind, metadata };
    await eventually(async () => assert.deepEqual(await london.events(link), ['NamespaceMissing']));
    const { london: later } = await world.elsewhere(there);
    await later.shows(`web-${name}`);
  },

  'services that are all gone at once keep their mirrors until somebody lets them go': async (world) => {
    const { london, paris, name } = world;
    const all = Array.from({ length: 11 }, (_, n) => `web-${n}`);
    await london.linksAutomatically(name);
    for (const each of all) await paris.exports(each);
    for (const each of all) await london.shows(`${each}-${name}`);
    await paris.kubectl('delete', 'services', '-n', name, '--all');
    const link = await london.linkSays(name, 'Ready=False/DeletionHeld');
    assert.notDeepEqual(await london.list(serviceMirrors), []);
    const [command = ''] = /kubectl .*$/.exec(messageOf(link)) ?? [];
    await london.kubectl(...command.split(' ').slice(1));
    await london.hasMirrors();
    await london.linkSays(name, 'Connected=True');
  },

  'a Link of London to itself mirrors no mirror, also where its labels are selected': async (world) => {
    const { london, here, name } = world;
    const selector = { matchLabels: { export: name } };
    const imports = { automatic: true, selector, remoteNamespaces: [name] };
    await london.links(name, { imports }, await here.admits(name, name));
    for (const each of ['web', 'late']) {
      await here.exports(each);
      await london.shows(`${each}-${name}`, { labels: { export: name } });
    }
    await london.hasMirrors(`web-${name}`, `late-${name}`);
  },
};
