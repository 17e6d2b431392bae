import assert from 'node:assert/strict';
import type { KubeObject, Service } from '../../../src/api/objects.js';
import { controllingMirror } from '../../../src/api/owner.js';
import { links, serviceMirrors, services } from '../../../src/api/resources.js';
import type { MirrorCluster, ServiceMirror } from '../../../src/api/servicemirror.js';
import { isOwned } from '../../../src/mirror/source.js';
import { linesOf } from '../../driver/audit.js';
import { assertSays, messageOf, type Says } from '../../driver/conditions.js';
import { eventually } from '../../driver/eventually.js';
import type { LightDriver } from '../../driver/light.js';
import type { NamespaceDriver } from '../../driver/namespace.js';
import { resourceOf } from '../../driver/written.js';
import {
  aMirror,
  importing,
  named,
  of,
  ofClusters,
  ofPod,
  onlyPorts,
  over,
  spec,
  type Change,
} from '../../gen/gen.js';
import { exportLabel, type Paris } from './paris.js';
import type { Linked, Shown, Via } from './shown.js';
import { textOf } from './text.js';

/** What is done and seen in London, in the namespace of one case. */
export interface London extends NamespaceDriver {
  /** Has a Link of that name to Paris. @param kubeconfig @default one that may read all */
  links(name: string, fields?: Linked, kubeconfig?: string): Promise<void>;
  /** Has a Link that mirrors by itself what this case exports. */
  linksAutomatically(name: string, imports?: NonNullable<Linked['imports']>): Promise<void>;
  /** Somebody changes fields of the spec of a Link (RFC 7396). */
  relinks(name: string, spec: object): Promise<void>;
  /** Writes a ServiceMirror `<service>-<link>`, whose Service has that name, too. */
  mirrors(
    service: string,
    more?: {
      readonly as?: string;
      readonly ports?: readonly (string | number)[];
      readonly namespace?: string;
      /** Only the pod of a headless service that has this host name. */
      readonly hostname?: string;
    },
  ): {
    from(link: string): Promise<void>;
    /** From several; its name is `<service>-all` unless another is given. */
    fromAll(...clusters: (string | MirrorCluster)[]): Promise<void>;
  };
  /** Waits until the mirror of that name is like this, and returns its Service. */
  shows(name: string, wanted?: Shown): Promise<Service>;
  /** Waits until the mirror of that name says that, for the present spec, and tells why. */
  tells(name: string, says: Says, message: RegExp): Promise<ServiceMirror>;
  /** Waits until an Event with that reason is about the mirror of that name. */
  tellsOf(name: string, reason: string): Promise<void>;
  /** Waits until there is neither a mirror nor a Service of that name. */
  lacks(name: string): Promise<void>;
  /** Waits until these are all ServiceMirrors of the namespace. */
  hasMirrors(...names: string[]): Promise<void>;
  /** Waits until a Link counts its automatic and federated mirrors, and what it does not mirror, like this. */
  linkCounts(name: string, wanted: { readonly mirrors: number; readonly reasons?: string }): Promise<void>;
  readonly kubectl: LightDriver['kubectl'];
  /**
   * Exactly these things are written in this namespace because of that, in any order: `patch services web-paris`.
   *
   * @param through the Link by which the operator learns of it
   */
  writes(lines: readonly string[], because: () => Promise<unknown>, through?: string): Promise<void>;
  /** What is written because of that, in order, when at least these lines are. */
  written(because: () => Promise<unknown>, atLeast?: readonly string[], through?: string): Promise<string[]>;
  /** Objects that are not ours: the same before and after. */
  leaves(...objects: readonly Readonly<KubeObject>[]): {
    as(happened: () => Promise<unknown>): Promise<void>;
  };
}

/** Longest pause (ms) between two looks: many cases look at once. */
const pause = 100;

/** Longest wait (ms). */
const patience = 20_000;

const soon = <T>(condition: () => T | Promise<T>) => eventually(condition, patience, pause);

/** How London is reached. */
export interface LondonOptions {
  readonly cluster: LightDriver;
  /** The clusters to which it has Links, by their names. */
  readonly others: Readonly<Record<'paris', Paris> & Partial<Record<string, Paris>>>;
  /** A kubeconfig that may read all of Paris. */
  readonly access: () => Promise<string>;
  /** @default it reads API servers, and reaches pods directly */
  readonly via?: Via | undefined;
}

/** Speaks of a namespace of London. */
export function londonOf(driver: NamespaceDriver, { cluster, others, access, via }: LondonOptions): London {
  const { namespace } = driver;
  const nameOf = (service: string, to: string) => `${service}-${to}`;

  function assertSeen(mirror: Readonly<ServiceMirror>, says: readonly Says[]): void {
    assertSays(mirror, says);
    assert.equal(mirror.status?.observedGeneration, mirror.metadata.generation, 'it was not seen yet');
  }

  const look = (name: string, here: Shown) =>
    soon(async () => {
      const mirror = await driver.get(serviceMirrors, name);
      const wanted = via?.shown(here, mirror) ?? here;
      assertSeen(mirror, wanted.says ?? ['Ready=True']);
      if (wanted.message !== undefined) assert.match(messageOf(mirror), wanted.message);
      const service = await driver.service(name);
      assert.ok(isOwned(service, mirror), 'the Service is not its own');
      assertIdentity(service, wanted);
      assert.deepEqual(await seenOf(service, mirror, wanted), wantedOf(wanted));
      return service;
    });

  async function seenOf(service: Service, mirror: ServiceMirror, wanted: Shown): Promise<Partial<Shown>> {
    const { podPorts, endpoints, counted, labels, annotations, spec, ports } = wanted;
    const { metadata } = service;
    const slices = podPorts === undefined ? [] : await driver.slices(metadata.name);
    return {
      ...(ports && { ports: (service.spec.ports ?? []).map(textOf) }),
      ...(podPorts && {
        podPorts: [...new Set(slices.flatMap((each) => (each.ports ?? []).map(textOf)))],
      }),
      ...(endpoints && { endpoints: await driver.endpoints(metadata.name) }),
      ...(counted !== undefined && { counted: mirror.status?.endpoints?.display ?? 'none' }),
      ...(labels && { labels: only(labels, metadata.labels) }),
      ...(annotations && { annotations: only(annotations, metadata.annotations) }),
      ...(spec && { spec: only(spec, service.spec) }),
    };
  }

  let rounds = 0;
  const witnessed = new Set<string>();
  /** Lets a change go round through a Link: then what was in line before it has been done. */
  async function goRound(through: string): Promise<void> {
    const round = String(++rounds);
    const pods = ['10.8.0.1', `10.8.1.${round}`].slice(rounds % 2);
    const source = others[through] ?? others.paris;
    await source.exports('witness', { labels: { round }, pods });
    if (!witnessed.has(through)) await london.mirrors('witness').from(through);
    witnessed.add(through);
    const counted = `${pods.length}/${pods.length}`;
    await london.shows(nameOf('witness', through), { labels: { round }, counted });
  }

  const london: London = {
    ...driver,
    kubectl: cluster.kubectl,
    async links(name, { imports, ...fields } = {}, kubeconfig) {
      if (via !== undefined) return via.link(name, imports);
      const changes = [over('flat'), spec(fields), ...(imports === undefined ? [] : [importing(imports)])];
      await cluster.link(name, kubeconfig ?? (await access()), ...changes);
    },
    async linksAutomatically(name, imports = {}) {
      const selector = { matchLabels: { [exportLabel]: namespace } };
      await london.links(name, { imports: { selector, automatic: true, ...imports } });
    },
    async relinks(name, fields) {
      await driver.edits(links, name, { spec: fields });
    },
    mirrors: (service, { as, ports, namespace: from = namespace, hostname } = {}) => ({
      from: async (to) => {
        const name = as ?? nameOf(service, to);
        const subset = ports === undefined ? [] : [onlyPorts(...ports)];
        const source = `${from}/${service}`;
        const which = hostname === undefined ? of(to, source) : ofPod(to, source, hostname);
        await driver.applies(aMirror(name, which, named(name), ...subset));
      },
      fromAll: async (...clusters) => {
        const name = as ?? nameOf(service, 'all');
        const source: Change<ServiceMirror> = ({ spec }) => (spec.service = { name: service });
        await driver.applies(aMirror(name, source, named(name), ofClusters(...clusters)));
      },
    }),
    shows: (name, wanted = {}) => look(name, wanted),
    tells: (name, says, message) =>
      soon(async () => {
        const mirror = await driver.get(serviceMirrors, name);
        assertSeen(mirror, [says]);
        assert.match(messageOf(mirror, says.split('=')[0]), message);
        return mirror;
      }),
    async hasEndpoints(name, ...endpoints) {
      if (via === undefined) return driver.hasEndpoints(name, ...endpoints);
      await soon(async () => {
        const owner = controllingMirror(await driver.service(name));
        const mirror = await driver.get(serviceMirrors, owner?.name ?? '');
        const wanted = via.shown({ endpoints }, mirror).endpoints;
        if (wanted !== undefined) assert.deepEqual(await driver.endpoints(name), wanted);
      });
    },
    tellsOf: (name, reason) =>
      soon(async () => {
        const events = await driver.events(await driver.get(serviceMirrors, name));
        assert.ok(events.includes(reason), `its Events are ${events.join()}`);
      }),
    lacks: (name) =>
      soon(async () => {
        assert.ok(await driver.isGone(serviceMirrors, name), `ServiceMirror ${name} is there`);
        assert.ok(await driver.isGone(services, name), `Service ${name} is there`);
      }),
    hasMirrors: (...names) =>
      soon(async () => {
        const found = (await driver.list(serviceMirrors)).map(({ metadata }) => metadata.name);
        assert.deepEqual(found.toSorted(), names.toSorted());
      }),
    linkCounts: (name, { mirrors, reasons }) =>
      soon(async () => {
        const { imports } = (await driver.get(links, name)).status ?? {};
        assert.deepEqual([imports?.mirrors, imports?.reasons], [mirrors, reasons]);
      }),
    async written(because, atLeast = [], through = 'paris') {
      await goRound(through);
      const mark = await cluster.audit.mark();
      const lines = async () =>
        linesOf(await cluster.writtenSince(mark, driver))
          .filter((line) => !line.includes(`${namespace}/witness-`))
          .map((line) => line.replace(`${namespace}/`, ''));
      await because();
      await soon(async () => {
        const there = await lines();
        const missing = atLeast.filter((line) => !there.includes(line));
        assert.deepEqual(missing, [], 'was not written');
      });
      await goRound(through);
      return lines();
    },
    async writes(lines, because, through) {
      const written = await london.written(because, lines, through);
      assert.deepEqual(written.toSorted(), lines.toSorted());
    },
    leaves: (...objects) => ({
      async as(happened) {
        const now = () =>
          Promise.all(objects.map((object) => driver.get(resourceOf(object), object.metadata.name)));
        const before = await now();
        await happened();
        assert.deepEqual(await now(), before);
      },
    }),
  };
  return london;
}

/** The same fields of another object. */
function only(wanted: object, of: object = {}): Record<string, never> {
  const there = of as Record<string, never>;
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, there[key]])) as Record<string, never>;
}

function assertIdentity({ metadata, spec }: Readonly<Service>, { stays, after }: Shown): void {
  if (stays !== undefined)
    assert.deepEqual([metadata.uid, spec.clusterIP], [stays.metadata.uid, stays.spec.clusterIP]);
  if (after !== undefined) assert.notEqual(metadata.uid, after.metadata.uid, 'it is the same Service');
}

/** What of that is compared with what is seen. */
function wantedOf({ says, message, after, stays, ...rest }: Shown): Partial<Shown> {
  void [says, message, after, stays];
  return rest;
}
