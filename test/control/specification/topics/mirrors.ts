import assert from 'node:assert/strict';
import { serviceMirrors, services } from '../../../../src/api/resources.js';
import { messageOf } from '../../../driver/conditions.js';
import { aMirror, of } from '../../../gen/gen.js';
import { notThere } from '../text.js';
import type { Cases } from '../world.js';

/** What a ServiceMirror that somebody wrote leads to. */
export const mirrors: Cases = {
  'a mirror of an exported service is a Service that leads to its pods': async ({ london, paris }) => {
    await paris.exports('web', { pods: ['10.9.0.1', '10.9.0.2', '(10.9.0.3)'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', {
      ports: ['80'],
      podPorts: ['8080'],
      endpoints: ['10.9.0.1', '10.9.0.2', '(10.9.0.3)'],
      counted: '2/3',
      spec: { type: 'ClusterIP', selector: undefined, internalTrafficPolicy: 'Cluster' },
    });
  },

  'a mirror without a name of its own has the name of the service': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.applies(aMirror('web', of('paris', `${name}/web`)));
    await london.shows('web', { endpoints: ['10.9.0.1'] });
  },

  'a mirror whose service is not there yet waits for it': async ({ london, paris }) => {
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    assert.ok(await london.isGone(services, 'web-paris'));
    await paris.exports('web');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a mirror whose Link is not there yet waits for it': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.mirrors('web').from(name);
    await london.tells(`web-${name}`, 'Ready=False/LinkNotFound', /there is no Link "\S+"; create it/);
    await london.links(name);
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
  },

  'two mirrors of one service both lead to it': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.mirrors('web', { as: 'shop' }).from('paris');
    for (const name of ['web-paris', 'shop']) await london.shows(name, { endpoints: ['10.9.0.1'] });
  },

  'a mirror that is pointed at another service keeps its cluster IP': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await paris.exports('shop', { ports: ['https 443'], pods: ['10.9.0.2'] });
    await london.mirrors('web', { as: 'front' }).from('paris');
    const before = await london.shows('front', { ports: ['http 80'], endpoints: ['10.9.0.1'] });
    await london.mirrors('shop', { as: 'front' }).from('paris');
    await london.shows('front', { ports: ['https 443'], endpoints: ['10.9.0.2'], stays: before });
  },

  'a mirror that is deleted takes its Service and its slices': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    await london.deletes(serviceMirrors, 'web-paris');
    await london.lacks('web-paris');
    assert.deepEqual(await london.slices('web-paris'), []);
  },

  'a mirror of a mirror is refused': async ({ london, paris }) => {
    await paris.exports('web', { labels: { 'mirror.linkerd.io/mirrored-service': 'true' } });
    await london.mirrors('web').from('paris');
    await london.tells('web-paris', 'Ready=False/UnsupportedService', /is itself a mirror of Linkerd's/);
    assert.ok(await london.isGone(services, 'web-paris'));
  },

  'a mirror of one of our mirrors is refused, and named': async ({ london, paris, here, name }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    await london.links(name, {}, await here.admits(name));
    await london.mirrors('web-paris', { as: 'again' }).from(name);
    const words = /is itself a mirror \(of ServiceMirror "web-paris" there\)/;
    await london.tells('again', 'Ready=False/UnsupportedService', words);
    assert.ok(await london.isGone(services, 'again'));
  },

  'a mirror takes from the namespace of its own name, unless its Link says Any': async (world) => {
    const { london, name } = world;
    const there = await world.elsewhere(`${name}-there`);
    await there.paris.exports('web');
    await london.links(name, { imports: {} });
    await london.mirrors('web', { namespace: `${name}-there` }).from(name);
    await london.tells(`web-${name}`, 'Ready=False/NamespaceNotAllowed', /namespaceMapping .* to Any/);
    await london.relinks(name, { imports: { namespaceMapping: 'Any' } });
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
    await london.relinks(name, { imports: { namespaceMapping: 'Same' } });
    await london.tells(`web-${name}`, 'Ready=False/NamespaceNotAllowed', /namespaceMapping/);
    await london.hasEndpoints(`web-${name}`, '(10.9.0.1)');
  },

  'a mirror serves only in namespaces that its Link selects': async ({ london, paris, name }) => {
    await paris.exports('web');
    await london.links(name, { imports: { namespaces: { matchLabels: { mirrors: name } } } });
    await london.mirrors('web').from(name);
    await london.tells(`web-${name}`, 'Ready=False/NamespaceNotAllowed', /label the namespace, or widen/);
    await london.kubectl('label', 'namespace', name, `mirrors=${name}`);
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'] });
    await london.kubectl('label', 'namespace', name, 'mirrors-');
    await london.tells(`web-${name}`, 'Ready=False/NamespaceNotAllowed', /label the namespace, or widen/);
    await london.hasEndpoints(`web-${name}`, '(10.9.0.1)');
  },

  'a Link reads only the remote namespaces that it names, under rights for these alone': async (world) => {
    const { london, paris, name } = world;
    const other = `${name}-other`;
    const kubeconfig = await paris.admits(name, name);
    const imports = { remoteNamespaces: [name] };
    await paris.exports('web');
    await london.links(name, { imports }, kubeconfig);
    await london.mirrors('web').from(name);
    await london.linkSays(name, 'Connected=True');
    const before = await london.shows(`web-${name}`);
    const { london: elsewhere } = await world.elsewhere(other);
    await elsewhere.mirrors('web').from(name);
    await elsewhere.tells(
      `web-${name}`,
      'Ready=False/NamespaceNotAllowed',
      /remoteNamespaces .*; add it there/,
    );
    await london.relinks(name, { imports: { remoteNamespaces: [name, other] } });
    const link = await london.linkSays(name, 'Connected=False/Forbidden');
    assert.match(messageOf(link, 'Connected'), /cannot list resource .* in the namespace "\S+-other"/);
    await london.shows(`web-${name}`, { stays: before });
  },
};
