import type { KubeObject } from '../../../src/api/objects.js';
import {
  endpointSlices,
  keyOf,
  links,
  secrets,
  serviceMirrors,
  services,
  type Resource,
} from '../../../src/api/resources.js';
import { createAuthority } from '../../../src/pki/ca.js';
import { startFakeApi } from '../../fakeapi/fakeapi.js';
import { aLink, aSecret, aService, exported, over, port, spec } from '../../gen/gen.js';
import type { London } from './london.js';

const events: Resource<KubeObject & { reason: string }> = {
  ...{ group: 'events.k8s.io', version: 'v1', plural: 'events' },
  ...{ kind: 'Event', namespaced: true },
};

/** What people are told of mirrors in trouble, and of Services that cannot be exported. */
const reasons = ['NameConflict', 'UnsupportedProtocol', 'WriteRefused'];

/** An address at which nobody answers. */
const silent = { addresses: [{ host: '127.0.0.1', port: 1 }] };
const probe = {
  period: '1s',
  timeout: '1s',
  failureThreshold: 3,
  successThreshold: 1,
  path: '/ready',
  port: 1,
};

/**
 * Makes mirrors over Links of each transport, and Services that one of these exports. They get into trouble, people are told
 * of them, and then all of it goes, with the Services of Paris. Some mirrors go before they have a status.
 *
 * @param name what all their names begin with
 * @returns the UIDs of all that is gone
 */
export async function comeAndGo(london: London, name: string, count: number): Promise<string[]> {
  const { api } = london;
  const its = await makeLinks(london, name);
  const names = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  const some = names.filter((_, n) => n % 10 === 0);
  const refuses = (path: string, status: number, method = 'POST') =>
    api.fault({ method, path, times: some.length }, { kind: 'answer', status });
  for (const status of [500, 422]) refuses('/services', status);
  refuses('/endpointslices', 422);
  for (const status of [409, 422]) refuses('/servicemirrors', status, 'PUT');
  for (const each of some) {
    api.put(services, aService(each, exported, port(80)));
    api.put(services, aService(`${each}-out`, exported, port(53, { protocol: 'UDP' })));
  }
  const perLink = Map.groupBy(names, (_, n) => its[n % its.length] ?? '');
  for (const [link, those] of perLink) london.mirrors(those, link);
  await unheard(london, name, some.length);
  const isTold = (each: string) =>
    !london.says(each, 'Ready', 'Unknown') &&
    api.find(serviceMirrors, `default/${each}`)?.status?.conditions !== undefined;
  const heard = () => new Set(api.all(events).map(({ reason }) => reason));
  await london.until(() => names.every(isTold) && reasons.every((reason) => heard().has(reason)), 1_000);
  const uids = uidsOf(london, name);

  for (const path of ['/services', '/endpointslices']) refuses(path, 403, 'DELETE');
  for (const each of names) dropMirror(london, each);
  for (const each of some.flatMap((one) => [one, `${one}-out`])) api.drop(services, `default/${each}`);
  await london.until(() => api.all(services).length + api.all(endpointSlices).length === 0, 1_000);
  for (const each of its) dropLink(london, each);
  for (const event of api.all(events)) api.drop(events, keyOf(event));
  return uids;
}

/** Links of each transport; the one with gateways of its own has a pinned peer, to which it exports. */
async function makeLinks({ api, paris, clock }: London, name: string): Promise<readonly string[]> {
  const [flat, linkerd, tunnel] = [`${name}-0-flat`, `${name}-0-linkerd`, `${name}-0-tunnel`];
  const { ca: caBundle } = await createAuthority(tunnel, { now: new Date(clock.now()) });
  const matchLabels = { 'mirror.linkerd.io/exported': 'true' };
  const exports = { services: { matchLabels }, allowSelectorless: false };
  for (const each of [flat, linkerd, tunnel])
    api.put(secrets, aSecret(`link-${each}`, { kubeconfig: paris.kubeconfig }));
  api.put(links, aLink(flat, over('flat')));
  api.put(
    links,
    aLink(linkerd, over('linkerd'), spec({ gateway: { ...silent, identity: 'a.example', probe } })),
  );
  api.put(links, aLink(tunnel, spec({ peer: { cluster: tunnel, caBundle }, gateway: silent, exports })));
  return [flat, linkerd, tunnel];
}

/** Mirrors over a Link whose cluster has not answered yet: they go while their first status waits. */
async function unheard(london: London, name: string, count: number): Promise<void> {
  const { api, clock } = london;
  const mute = await startFakeApi();
  mute.fault({ times: Infinity }, { kind: 'silence' });
  const link = `${name}-0-mute`;
  api.put(secrets, aSecret(`link-${link}`, { kubeconfig: mute.kubeconfig }));
  api.put(links, aLink(link, over('flat')));
  const brief = Array.from({ length: count }, (_, n) => `${name}-${n}-brief`);
  london.mirrors(brief, link);
  const end = clock.monotonic() + 2_000;
  await london.until(() => clock.monotonic() >= end);
  for (const each of brief) dropMirror(london, each);
  await london.until(() => clock.monotonic() >= end + 500);
  dropLink(london, link);
  await mute.close();
}

function dropMirror({ api, paris }: London, name: string): void {
  api.drop(serviceMirrors, `default/${name}`);
  paris.drop(services, `default/${name}`);
  paris.drop(endpointSlices, `default/${name}-abc12`);
}

function dropLink({ api }: London, name: string): void {
  api.drop(links, name);
  api.drop(secrets, `service-mirror/link-${name}`);
}

function uidsOf({ api }: London, name: string): string[] {
  const kinds = [serviceMirrors, services, endpointSlices, links] as readonly Resource[];
  const its = kinds.flatMap((kind) => api.all(kind)).filter(({ metadata }) => metadata.name.startsWith(name));
  return its.flatMap(({ metadata }) => metadata.uid ?? []);
}
