import assert from 'node:assert/strict';
import { endpointSlices } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import { notThere } from '../text.js';
import type { Cases } from '../world.js';

/** What happens to a service in Paris shows in its mirror; ports are a topic of their own. */
export const remoteServices: Cases = {
  'a label that is added, changed and removed is so here': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { labels: { team: undefined } });
    for (const team of ['shop', 'bank']) {
      await paris.changes('web', { metadata: { labels: { team } } });
      await london.shows('web-paris', { labels: { team }, stays: before });
    }
    await paris.changes('web', { metadata: { labels: { team: null } } });
    await london.shows('web-paris', { labels: { team: undefined } });
  },

  'an annotation that is added, changed and removed is so here': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { annotations: { about: undefined } });
    for (const about of ['sells', 'buys']) {
      await paris.changes('web', { metadata: { annotations: { about } } });
      await london.shows('web-paris', { annotations: { about } });
    }
    await paris.changes('web', { metadata: { annotations: { about: null } } });
    await london.shows('web-paris', { annotations: { about: undefined } });
  },

  'a service of any type is of type ClusterIP here': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris');
    for (const type of ['NodePort', 'LoadBalancer', 'ClusterIP']) {
      await london.writes([], () => paris.changes('web', { spec: { type } }));
      await london.shows('web-paris', { spec: { type: 'ClusterIP' }, stays: before });
    }
  },

  'a service that becomes headless is made anew without a cluster IP': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris');
    await paris.loses('web');
    await paris.exports('web', { spec: { clusterIP: 'None' } });
    await london.shows('web-paris', { spec: { clusterIP: 'None' }, endpoints: ['10.9.0.1'], after: before });
    await london.tellsOf('web-paris', 'ServiceReplaced');
  },

  'a headless service that gets a cluster IP is made anew with one': async ({ london, paris }) => {
    await paris.exports('web', { spec: { clusterIP: 'None' } });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { spec: { clusterIP: 'None' } });
    await paris.loses('web');
    await paris.exports('web');
    const after = await london.shows('web-paris', { endpoints: ['10.9.0.1'], after: before });
    assert.match(after.spec.clusterIP ?? '', /^10\.96\./);
    await london.tellsOf('web-paris', 'ServiceReplaced');
  },

  'a service that is deleted leaves its mirror without ready endpoints': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris');
    await paris.loses('web');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    await london.hasEndpoints('web-paris', '(10.9.0.1)');
    assert.deepEqual((await london.service('web-paris')).spec, before.spec);
  },

  'a service that comes back serves at the same cluster IP': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris');
    await paris.loses('web');
    await london.tells('web-paris', 'Ready=False/RemoteServiceNotFound', notThere);
    await paris.exports('web', { ports: ['https 443'], pods: ['10.9.0.2'] });
    await london.shows('web-paris', { ports: ['https 443'], endpoints: ['10.9.0.2'], stays: before });
  },

  'a service that is made anew in a moment is followed at the same cluster IP': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80'] });
    for (const [at, ports] of [['https 443'], ['http 80'], ['admin 9000']].entries()) {
      await paris.loses('web');
      await paris.exports('web', { ports, pods: [`10.9.0.${at + 2}`] });
    }
    const last = { ports: ['admin 9000'], podPorts: ['admin 17000'], endpoints: ['10.9.0.4'] };
    await london.shows('web-paris', { ...last, stays: before });
  },

  'a service that its Link no longer selects is as one that is gone': async ({ london, paris, name }) => {
    await london.links(name, { imports: { selector: { matchLabels: { export: name } } } });
    await paris.exports('web');
    await london.mirrors('web').from(name);
    const before = await london.shows(`web-${name}`);
    await paris.exports('web', { labels: { export: 'no' } });
    await london.tells(`web-${name}`, 'Ready=False/RemoteServiceNotFound', /widen the selector/);
    await london.hasEndpoints(`web-${name}`, '(10.9.0.1)');
    await paris.exports('web');
    await london.shows(`web-${name}`, { endpoints: ['10.9.0.1'], stays: before });
  },

  'a service that turns into an alias is no longer followed': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris');
    const alias = {
      type: 'ExternalName',
      externalName: 'web.example.com',
      clusterIP: null,
      clusterIPs: null,
    };
    await paris.changes('web', { spec: alias });
    await london.tells('web-paris', 'Ready=False/UnsupportedService', /of type ExternalName/);
    await london.hasEndpoints('web-paris', '(10.9.0.1)');
    assert.deepEqual((await london.service('web-paris')).spec, before.spec);
    await paris.changes('web', { spec: { type: 'ClusterIP', externalName: null } });
    await london.shows('web-paris', { endpoints: ['10.9.0.1'], stays: before });
  },

  'a service without slices has a Service without endpoints, and gets them when it does': async (world) => {
    const { london, paris } = world;
    await paris.exports('web');
    await paris.deletes(endpointSlices, 'web-ipv4');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { says: ['Synced=True', 'Ready=False/NoReadyEndpoints'], endpoints: [] });
    await paris.exports('web');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'a service whose pods are all not ready has no ready endpoints, until one is': async ({
    london,
    paris,
  }) => {
    await paris.exports('web', { pods: ['10.9.0.1', '10.9.0.2'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { counted: '2/2' });
    await paris.runs('web', '(10.9.0.1)', '(10.9.0.2)');
    await london.tells(
      'web-paris',
      'Ready=False/NoReadyEndpoints',
      /none of the 2 remote endpoints is ready/,
    );
    await london.hasEndpoints('web-paris', '(10.9.0.1)', '(10.9.0.2)');
    await paris.runs('web', '10.9.0.1', '(10.9.0.2)');
    await london.shows('web-paris', { counted: '1/2', endpoints: ['10.9.0.1', '(10.9.0.2)'] });
  },

  'a service that is scaled to none and back has none and some': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { counted: '1/1' });
    await paris.runs('web');
    await london.tells('web-paris', 'Ready=False/NoReadyEndpoints', /none of the 0 remote endpoints/);
    await london.hasEndpoints('web-paris');
    await paris.runs('web', '10.9.0.7', '10.9.0.8');
    await london.shows('web-paris', { endpoints: ['10.9.0.7', '10.9.0.8'], counted: '2/2', stays: before });
  },

  'a pod that is replaced is replaced': async ({ london, paris }) => {
    await paris.exports('web', { pods: ['10.9.0.1', '10.9.0.2'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    await paris.runs('web', '10.9.0.3', '10.9.0.2');
    await london.shows('web-paris', { endpoints: ['10.9.0.3', '10.9.0.2'] });
  },

  'a pod that ends and still serves is shown as that': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const ending = { ready: false, serving: true, terminating: true };
    await paris.edits(endpointSlices, 'web-ipv4', {
      endpoints: [{ addresses: ['10.9.0.1'], conditions: ending }],
    });
    await eventually(async () => {
      const [slice] = await london.slices('web-paris');
      assert.deepEqual(slice?.endpoints?.[0]?.conditions, ending);
    });
    await london.shows('web-paris', { counted: '1/1' });
  },

  'a slice that is added or removed in Paris brings or takes its pods': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const [slice] = await paris.slices('web');
    const { labels } = slice!.metadata;
    const more = { name: 'web-more', namespace: 'default', ...(labels && { labels }) };
    await paris.applies({ ...slice!, metadata: more, endpoints: [{ addresses: ['10.9.0.2'] }] } as never);
    await london.shows('web-paris', { endpoints: ['10.9.0.1', '10.9.0.2'] });
    await paris.deletes(endpointSlices, 'web-more');
    await london.shows('web-paris', { endpoints: ['10.9.0.1'] });
  },

  'that pods which are not ready are published travels': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { spec: { publishNotReadyAddresses: undefined } });
    await paris.changes('web', { spec: { publishNotReadyAddresses: true } });
    await london.shows('web-paris', { spec: { publishNotReadyAddresses: true } });
    await paris.changes('web', { spec: { publishNotReadyAddresses: false } });
    await london.shows('web-paris', { spec: { publishNotReadyAddresses: undefined } });
  },

  'that clients stay with a pod travels, and for how long': async ({ london, paris }) => {
    await paris.exports('web');
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { spec: { sessionAffinity: 'None' } });
    const staying = (timeoutSeconds: number) => ({
      ...{ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } },
    });
    for (const seconds of [600, 60]) {
      await paris.changes('web', { spec: staying(seconds) });
      await london.shows('web-paris', { spec: staying(seconds) });
    }
    await paris.changes('web', { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } });
    await london.shows('web-paris', { spec: { sessionAffinity: 'None', sessionAffinityConfig: undefined } });
  },

  'traffic policies and addresses from outside stay in Paris': async ({ london, paris }) => {
    await paris.exports('web', { spec: { type: 'LoadBalancer' } });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris');
    const spec = {
      ...{ internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local', externalIPs: ['192.0.2.1'] },
      ...{ loadBalancerSourceRanges: ['192.0.2.0/24'], trafficDistribution: 'PreferClose' },
    };
    await london.writes([], () => paris.changes('web', { spec }));
  },
};
