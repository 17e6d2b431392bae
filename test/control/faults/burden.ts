import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, suite, test } from 'node:test';
import { conditionOf } from '../../../src/api/conditions.js';
import { serviceMirrors, services } from '../../../src/api/resources.js';
import { inTurns } from '../../../tools/clusters/turns.js';
import { linesOf, type Write } from '../../driver/audit.js';
import { eventually } from '../../driver/eventually.js';
import type { LightDriver } from '../../driver/light.js';
import type { Operator } from '../../driver/operator.js';
import { aMirror, aService, aSlice, endpoint, headless, of, over, port, spec } from '../../gen/gen.js';
import { startClusters, type InBoth, type OperatorClusters } from '../operator/clusters.js';

/** What London's API server suffers from while an import, a lost gateway and many changes come together. */
export interface Burden {
  readonly what: string;
  /** Mirrors that are new: enough to keep the import going until the gateway counts as lost. */
  readonly fresh: number;
  /** One in so many of them gets a cluster IP; the API server gives these out one after the other. */
  readonly addressed: number;
  /** Begins it. The returned function ends it. */
  begin(london: LightDriver): Promise<() => Promise<void>>;
}

/**
 * Mirrors that are there and ready before. Those of `lost` hang on the gateway that will be lost, while more of the others
 * change than are written at once.
 */
const present = {
  changed: Array.from({ length: 120 }, (_, n) => `changed-${n}`),
  lost: ['lost-0', 'lost-1', 'lost-2'],
} as const;

/**
 * Other writes that may begin before the last urgent one: as many slices as are written at once. Those that came first are all
 * under way when the gateway is lost, and answered together.
 */
const round = 24;

/** Longest wait (ms) for one step. */
const patience = 60_000;

/** Tells that story under a burden. */
export function underBurden(burden: Burden): void {
  const fresh = Array.from({ length: burden.fresh }, (_, n) => `new-${n}`);
  const addressed = new Set([...present.lost, ...fresh.filter((_, n) => n % burden.addressed === 0)]);
  suite(burden.what, () => story(burden, { fresh, hasAddress: (name) => addressed.has(name) }));
}

function story(
  burden: Burden,
  { fresh, hasAddress }: { fresh: readonly string[]; hasAddress: (name: string) => boolean },
): void {
  let relieve = async () => {};
  let clusters: OperatorClusters;
  let both: InBoth;
  let operator: Operator;
  let gateway: Gateway;
  const imported = (name: string) =>
    aMirror(name, of(name.startsWith('lost-') ? 'lost' : 'paris', `slow/${name}`));

  before(async () => {
    [clusters, gateway] = await Promise.all([startClusters(), startGateway()]);
    both = await clusters.namespace('slow');
    const { london, paris } = both;
    const probe = { period: '1s', timeout: '1s', failureThreshold: 3, successThreshold: 1, path: '/ready' };
    const its = { addresses: [{ host: gateway.host, port: 4143 }], identity: 'gateway.example' };
    const access = await clusters.paris.access('peer-london');
    const at = { ...probe, port: gateway.port };
    await clusters.link('lost', access, over('linkerd'), spec({ gateway: { ...its, probe: at } }));
    const old = [...present.changed, ...present.lost];
    await inTurns([...fresh, ...old], 8, (name) =>
      paris.creates(
        aService(name, port(80), ...(hasAddress(name) ? [] : [headless])),
        aSlice(name, endpoint('10.9.0.1')),
      ),
    );
    await inTurns(old, 8, (name) => london.creates(imported(name)));
    relieve = await burden.begin(clusters.london);
    operator = await clusters.london.startOperator();
    await operator.leads();
    await readyAre(old.length);
    await operator.rests();
  });
  after(async () => {
    try {
      await relieve();
    } finally {
      await operator?.stop();
      gateway?.close();
      await clusters?.close();
    }
  });

  /** Waits until so many mirrors are ready, and say so. */
  const readyAre = (many: number) =>
    eventually(async () => {
      const mirrors = await both.london.list(serviceMirrors);
      const ready = mirrors.filter((mirror) => conditionOf(mirror, 'Ready')?.status === 'True');
      assert.equal(ready.length, many);
    }, patience);

  test('loses nothing, writes nothing twice, and turns traffic away before it makes what is new', async (t) => {
    const { london, paris } = both;
    const mark = await clusters.london.audit.mark();
    gateway.answers = false;
    const importing = inTurns(fresh, 24, (name) => london.creates(imported(name)));
    await eventually(() => gateway.refusedAt.length >= 2, patience);
    await inTurns(present.changed, 24, (name) => paris.applies(aSlice(name, endpoint('10.9.0.2'))));
    await Promise.all(
      present.lost.map((name) => london.within(patience).mirrorSays(name, 'Ready=False/GatewayUnhealthy')),
    );
    const made = (await london.list(services)).filter(({ metadata }) => metadata.name.startsWith('new-'));
    assert.ok(made.length < fresh.length, 'the import is still under way');
    await importing;
    await readyAre(fresh.length + present.changed.length);
    await operator.rests();

    const writes = await clusters.london.writtenSince(mark, london);
    assert.deepEqual(linesOf(writes).toSorted(), expected(fresh).toSorted());
    assert.deepEqual(linesOf(await clusters.london.refusedSince(mark)), []);
    for (const name of present.lost) assert.deepEqual(await london.endpoints(name), [`(${gateway.host})`]);
    for (const name of present.changed) assert.deepEqual(await london.endpoints(name), ['10.9.0.2']);
    for (const name of fresh) assert.deepEqual(await london.endpoints(name), ['10.9.0.1']);
    const [, , lostAt = 0] = gateway.refusedAt;
    const last = Math.max(...writes.filter(isSliceOf(present.lost)).map(({ at }) => at));
    const meanwhile = writes.filter(
      ({ at, object }) => at >= lostAt && at < last && !object.includes('/lost-'),
    );
    const rest = writes.filter(({ at }) => at > last).filter(isSliceOf(present.changed)).length;
    t.diagnostic(
      `lost: in slices after ${last - lostAt} ms and ${meanwhile.length} others, before ${rest} changes`,
    );
    assert.ok(meanwhile.length <= round, linesOf(meanwhile).join('\n'));
    const said = (await operator.log()).filter(({ message }) => message === 'leading');
    assert.equal(said.length, 1, 'the operator has led all the time');
  });
}

/** What London's operator has to write for all that. */
function expected(fresh: readonly string[]): string[] {
  return [
    ...fresh.flatMap((name) => [
      `create services slow/${name}`,
      `create endpointslices slow/${name}-mirror-ipv4-0`,
      `update servicemirrors/status slow/${name}`,
    ]),
    ...[...present.changed, ...present.lost].map((name) => `patch endpointslices slow/${name}-mirror-ipv4-0`),
    ...present.lost.map((name) => `update servicemirrors/status slow/${name}`),
  ];
}

function isSliceOf(names: readonly string[]): (write: Write) => boolean {
  const slices = new Set(names.map((name) => `slow/${name}-mirror-ipv4-0`));
  return ({ resource, object }) => resource === 'endpointslices' && slices.has(object);
}

interface Gateway {
  readonly host: string;
  readonly port: number;
  answers: boolean;
  /** When it did not answer well (ms since the epoch). */
  readonly refusedAt: readonly number[];
  close(): void;
}

/** What the operator probes of Linkerd's gateway. */
async function startGateway(): Promise<Gateway> {
  const refusedAt: number[] = [];
  const server: Server = createServer((_, answer) => {
    if (!its.answers) refusedAt.push(Date.now());
    answer.writeHead(its.answers ? 200 : 503).end();
  });
  const host = ownAddress();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const its: Gateway = {
    host,
    port: (server.address() as AddressInfo).port,
    answers: true,
    refusedAt,
    close: () => void server.close(),
  };
  return its;
}

/** An address of this machine: an API server takes no slice with one of the loopback range. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const own = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  return own?.address ?? assert.fail('this machine has no IPv4 address but loopback');
}
