import assert from 'node:assert/strict';
import { serviceMirrors } from '../../../../src/api/resources.js';
import { eventually } from '../../../driver/eventually.js';
import type { London } from '../london.js';
import type { Cases } from '../world.js';

const headless = { clusterIP: 'None' };
const all = ['db-0=10.9.0.1', 'db-1=10.9.0.2'];

/** Waits until the slices of a Service lead these host names to these addresses. */
const leads = (london: London, name: string, wanted: Readonly<Record<string, string>>) =>
  eventually(async () => {
    const endpoints = (await london.slices(name)).flatMap((slice) => slice.endpoints ?? []);
    const found = endpoints.map(({ hostname = '', addresses: [address = ''] }) => [hostname, address]);
    assert.deepEqual(Object.fromEntries(found), wanted);
  });

/** Headless services and the names of their pods, over flat. */
export const headlessServices: Cases = {
  'the pods of a headless service have their names here, and follow when they come back': async (world) => {
    const { london, paris } = world;
    await paris.exports('db', { spec: headless, pods: all });
    await london.mirrors('db').from('paris');
    const before = await london.shows('db-paris', { spec: headless, counted: '2/2' });
    await leads(london, 'db-paris', { 'db-0': '10.9.0.1', 'db-1': '10.9.0.2' });
    await paris.runs('db', 'db-0=10.9.0.7', 'db-1=10.9.0.2');
    await leads(london, 'db-paris', { 'db-0': '10.9.0.7', 'db-1': '10.9.0.2' });
    await paris.runs('db');
    await leads(london, 'db-paris', {});
    await paris.runs('db', 'db-0=10.9.0.8');
    await leads(london, 'db-paris', { 'db-0': '10.9.0.8' });
    await london.shows('db-paris', { spec: headless, stays: before });
    await london.hasMirrors('db-paris');
  },

  'one pod may be mirrored by its host name, under an address of its own': async ({ london, paris }) => {
    await paris.exports('db', { spec: headless, pods: all });
    await london.mirrors('db', { as: 'leader', hostname: 'db-0' }).from('paris');
    const before = await london.shows('leader', { endpoints: ['10.9.0.1'], counted: '1/1' });
    assert.notEqual(before.spec.clusterIP, 'None');
    await paris.runs('db', 'db-0=10.9.0.7', 'db-1=10.9.0.1');
    await london.shows('leader', { endpoints: ['10.9.0.7'], stays: before });
    await paris.runs('db', '(db-0=10.9.0.7)', 'db-1=10.9.0.1');
    await london.tells('leader', 'Ready=False/NoReadyEndpoints', /./);
    await paris.runs('db', 'db-1=10.9.0.1');
    await london.tells('leader', 'Ready=False/NoReadyEndpoints', /./);
    await paris.runs('db', 'db-0=10.9.0.9', 'db-1=10.9.0.1');
    await london.shows('leader', { endpoints: ['10.9.0.9'], stays: before });
  },

  'a change of another pod writes nothing to the mirror of one': async ({ london, paris }) => {
    await paris.exports('db', { spec: headless, pods: all });
    await london.mirrors('db', { as: 'leader', hostname: 'db-0' }).from('paris');
    await london.shows('leader', { endpoints: ['10.9.0.1'] });
    await london.writes([], () => paris.runs('db', 'db-0=10.9.0.1', 'db-1=10.9.0.7', 'db-2=10.9.0.8'));
  },

  'a host name of a service with a cluster IP is refused': async ({ london, paris }) => {
    await paris.exports('db', { pods: all });
    await london.mirrors('db', { as: 'leader', hostname: 'db-0' }).from('paris');
    const words = /the remote service has a cluster IP, and only a headless one has pods with names/;
    await london.tells('leader', 'Ready=False/InvalidSpec', words);
  },

  'a Service of London that is changed keeps its names of pods': async ({ london, paris }) => {
    await paris.exports('db', { spec: headless, pods: all });
    await london.mirrors('db').from('paris');
    await london.shows('db-paris', { spec: headless });
    await paris.changes('db', { metadata: { annotations: { about: 'keeps' } } });
    await london.shows('db-paris', { annotations: { about: 'keeps' } });
    await leads(london, 'db-paris', { 'db-0': '10.9.0.1', 'db-1': '10.9.0.2' });
    await london.deletes(serviceMirrors, 'db-paris');
    await london.lacks('db-paris');
  },
};
