import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aSlice,
  anInput,
  annotated,
  condition,
  endpoint,
  epoch,
  holding,
  labelled,
  metadata,
  ofClusters,
  offering,
  ownedBy,
  port,
  unready,
  uptime,
  withStatus,
} from '../../test/gen/gen.js';
import { aSeenBackend, twofoldService } from '../../test/gen/backends.js';
import { conditionOf } from '../api/conditions.js';
import { keys } from '../api/names.js';
import { neededPorts } from '../transport/neededports.js';
import { familiesServed, isSliceOf, leadingBackend, whyNoneAccepted } from './backends.js';
import { decideService } from './service.js';
import { decideSlices } from './slices.js';
import { decideStatus } from './status.js';
import { patience, type Backend, type MirrorInput } from './view.js';

const paris = aSeenBackend('paris', { transport: 'gateway' });
const rome = aSeenBackend('rome', { pod: '10.9.0.2' });
const refused = (cluster: string) => aSeenBackend(cluster, { view: { link: undefined } });
const gone = (cluster: string) => aSeenBackend(cluster, { view: { remote: { synced: true, slices: [] } } });
const unseen = (cluster: string, more: object = {}) =>
  aSeenBackend(cluster, { view: { remote: { synced: false, slices: [], ...more } } });

/** A slice that was written for a cluster. */
const written = (cluster: string, name: string, ip = '10.1.0.1') =>
  aSlice(
    'hello',
    ownedBy(twofoldService),
    labelled({ [keys.link]: cluster }),
    annotated({ [keys.remoteService]: 'default/hello' }),
    metadata({ name }),
    offering('http'),
    endpoint(ip),
  );

/** The backend with slices that stand for it. */
const standing = (backend: Backend, ...slices: ReturnType<typeof written>[]): Backend => ({
  ...backend,
  view: { ...backend.view, slices },
});

/** Each slice in one line: its name, and its addresses, `!` before those that are not ready. */
function shown(input: MirrorInput): string[] | 'keep' {
  const decision = decideSlices(input);
  if (decision.kind === 'keep') return 'keep';
  return decision.slices.map(({ metadata: { name }, endpoints }) =>
    [
      name,
      ...(endpoints ?? []).map(
        ({ addresses, conditions }) => `${conditions?.ready === false ? '!' : ''}${addresses.join()}`,
      ),
    ].join(' '),
  );
}

describe('the slices of a mirror with two backends', () => {
  const [ofParis, ofRome] = [
    written('paris', 'hello-mirror-ipv4-0'),
    written('rome', 'hello-mirror-rome-ipv4-0'),
  ];

  it('are those of both, each under names and labels of its own', () => {
    const decision = decideSlices(anInput(paris, rome));
    assert.deepEqual(shown(anInput(paris, rome)), [
      'hello-mirror-ipv4-0 10.1.0.1',
      'hello-mirror-rome-ipv4-0 10.9.0.2',
    ]);
    assert.deepEqual(
      decision.kind === 'write' && decision.slices.map(({ metadata: { labels } }) => labels?.[keys.link]),
      ['paris', 'rome'],
    );
  });

  it('have the names that they have without the second', () =>
    assert.deepEqual(shown(anInput(paris)), ['hello-mirror-ipv4-0 10.1.0.1']));

  it('turn not ready where one may serve no longer, and stay where the other cannot be seen', () => {
    const input = anInput(standing(gone('paris'), ofParis), standing(unseen('rome'), ofRome));
    assert.deepEqual(shown(input), ['hello-mirror-ipv4-0 !10.1.0.1', 'hello-mirror-rome-ipv4-0 10.1.0.1']);
  });

  it('stay as they are while neither can be seen', () =>
    assert.equal(
      shown(anInput(standing(unseen('paris'), ofParis), standing(unseen('rome'), ofRome))),
      'keep',
    ));

  const left = written('lyon', 'hello-mirror-lyon-ipv4-0');
  const withLeft = (input: MirrorInput): MirrorInput => ({
    ...input,
    view: { ...input.view, slices: [...input.view.slices, left] },
  });

  it('of a cluster that is no backend any more turn not ready, and go when all others have come', () => {
    assert.deepEqual(shown(withLeft(anInput(paris, unseen('rome')))), [
      'hello-mirror-ipv4-0 10.1.0.1',
      'hello-mirror-lyon-ipv4-0 !10.1.0.1',
    ]);
    assert.deepEqual(shown(withLeft(anInput(paris, rome))), shown(anInput(paris, rome)));
  });
});

describe('the Service of a mirror with two backends', () => {
  const labelOf = (input: MirrorInput) => {
    const decision = decideService(input);
    return decision.kind === 'write' ? decision.service.metadata.labels?.[keys.link] : decision.kind;
  };

  it('follows the first that may serve and is seen, and goes on naming the first', () => {
    assert.equal(leadingBackend(anInput(paris, rome))?.view.backend.cluster, 'paris');
    for (const first of [refused('paris'), gone('paris'), unseen('paris')]) {
      assert.equal(leadingBackend(anInput(first, rome))?.view.backend.cluster, 'rome');
      assert.equal(labelOf(anInput(first, rome)), 'paris');
    }
  });

  it('stays as it is while none is seen', () =>
    assert.equal(labelOf(anInput(unseen('paris'), gone('rome'))), 'keep'));

  it('has the families of all endpoints, and asks for none while those of one are not known', () => {
    const six: Backend = { ...rome, families: ['IPv6'] };
    assert.deepEqual(familiesServed(anInput({ ...paris, families: ['IPv4'] }, six)), ['IPv4', 'IPv6']);
    assert.deepEqual(familiesServed(anInput(refused('paris'), six)), ['IPv6']);
    assert.equal(familiesServed(anInput({ ...paris, families: undefined }, six)), undefined);
  });
});

describe('the ports of a mirror with two backends', () => {
  it('need an egress port where they travel through our gateways', () =>
    assert.deepEqual([paris, rome, refused('lyon')].map(neededPorts), [[80], [], undefined]));
});

describe('the status of a mirror with two backends', () => {
  const ready = (first: Backend, second: Backend, more: object = {}) => {
    const decision = decideStatus({ ...anInput(first, second), now: epoch, monotonic: uptime, ...more });
    assert.equal(decision.kind, 'write');
    const { status } = decision;
    const said = (type: string) => {
      const { status: is, reason } = conditionOf({ status }, type) ?? {};
      return `${is} ${reason}`;
    };
    return { status, says: said('Ready'), said, message: conditionOf({ status }, 'Ready')?.message };
  };
  const [served, servedToo] = [
    standing(paris, written('paris', 'hello-mirror-ipv4-0')),
    standing(rome, written('rome', 'hello-mirror-rome-ipv4-0', '10.9.0.2')),
  ];

  it('counts the endpoints of both, and lists each port once with its egress port', () => {
    const { status, says } = ready(served, servedToo);
    assert.equal(says, 'True Ready');
    assert.deepEqual(status.endpoints, { ready: 2, total: 2, display: '2/2' });
    assert.deepEqual(status.ports, [{ name: 'http', port: 80, protocol: 'TCP', gatewayPort: 10_000 }]);
    assert.equal(status.source?.cluster, 'paris');
  });

  it('is ready while one of them serves, and tells of each', () => {
    const { says, message, said } = ready(gone('paris'), servedToo);
    assert.equal(says, 'True Ready');
    assert.equal(said('Synced'), 'True Synced');
    assert.match(
      message ?? '',
      /^paris: cluster "paris" has no Service.*; rome: 1 of 1 remote endpoints are ready$/,
    );
  });

  it('is accepted while one of them is, and tells of the other', () => {
    const { said, message } = ready(refused('paris'), servedToo);
    assert.equal(said('Accepted'), 'True Accepted');
    assert.match(message ?? '', /^paris: spec\.cluster: there is no Link "paris"/);
    assert.equal(whyNoneAccepted(anInput(refused('paris'), refused('rome')))?.reason, 'LinkNotFound');
    assert.equal(ready(refused('paris'), refused('rome')).said('Accepted'), 'False LinkNotFound');
  });

  it('gives the reason of one that may serve when none does', () => {
    assert.equal(ready(refused('paris'), gone('rome')).says, 'False RemoteServiceNotFound');
    assert.equal(ready(gone('paris'), gone('rome')).says, 'False RemoteServiceNotFound');
  });

  it('says of which the egress ports are used up', () => {
    const portsExhausted = new Map([['paris', 'no egress port is free']]);
    assert.equal(ready(served, servedToo, { portsExhausted }).says, 'True Ready');
    assert.match(
      ready(served, servedToo, { portsExhausted }).message ?? '',
      /^paris: no egress port is free; rome: 1 of/,
    );
    assert.equal(ready(served, gone('rome'), { portsExhausted }).says, 'False PortsExhausted');
  });

  it('stays as it was after a start until all are seen, or a minute has passed', () => {
    const was = withStatus({ conditions: ['Accepted', 'Ready'].map((type) => condition(type)) });
    const known = aMirror('hello-mirror', was);
    const blind = (backend: Backend): Backend => ({ ...backend, view: { ...backend.view, mirror: known } });
    const decide = (second: Backend, monotonic = uptime) =>
      decideStatus({ ...anInput(blind(paris), blind(second)), now: epoch, monotonic });
    assert.equal(decide(unseen('rome')).kind, 'keep');
    const failing = unseen('rome', { failingSince: uptime });
    assert.deepEqual(decide(failing), { kind: 'keep', lookAgainAfter: patience });
    assert.equal(decide(failing, uptime + patience).kind, 'write');
    assert.equal(decide(rome).kind, 'write');
  });

  it('remembers after a start of the one that it names, and of no other', () => {
    const mirror = aMirror(
      'hello-mirror',
      holding({}),
      withStatus({ endpoints: { ready: 1, total: 1, display: '1/1' } }),
    );
    const kinds = ['paris', 'rome'].map(
      (cluster) => aSeenBackend(cluster, { view: { mirror, remote: undefined } }).source.kind,
    );
    assert.deepEqual(kinds, ['remembered', 'unknown']);
  });
});

describe('isSliceOf()', () => {
  it('goes by cluster and remote service, as far as the slice says', () => {
    const slice = written('paris', 'x');
    const backend = { cluster: 'paris', namespace: 'default', name: 'hello' };
    assert.equal(isSliceOf(slice, backend), true);
    assert.equal(isSliceOf(aSlice('hello'), backend), true);
    for (const other of [{ cluster: 'rome' }, { namespace: 'shop' }, { name: 'cart' }])
      assert.equal(isSliceOf(slice, { ...backend, ...other }), false);
  });
});

describe('with several clusters', () => {
  const everywhere = aMirror('hello-mirror', ofClusters('paris', 'rome'));
  const local = aService(
    'hello',
    port(80, { name: 'http' }),
    port(443, { name: 'tls' }),
    ownedBy(everywhere),
  );
  const aged = (cluster: string, creationTimestamp: string, more: { ready?: boolean } = {}) =>
    aSeenBackend(cluster, {
      view: {
        ...{ mirror: everywhere, local },
        remote: {
          synced: true,
          service: aService('hello', port(80, { name: 'http' }), metadata({ creationTimestamp })),
          slices: [
            aSlice(
              'hello',
              offering('http'),
              more.ready === false ? unready('10.9.0.1') : endpoint('10.9.0.1'),
            ),
          ],
        },
      },
    });
  const [old, young] = [aged('rome', '2020-01-01T00:00:00Z'), aged('paris', '2026-01-01T00:00:00Z')];

  it('the Service follows the oldest one that has ready endpoints', () => {
    const leading = (...[first, second]: [Backend, Backend]) =>
      leadingBackend(anInput(first, second))?.view.backend.cluster;
    assert.equal(leading(young, old), 'rome');
    assert.equal(leading(young, aged('rome', '2020-01-01T00:00:00Z', { ready: false })), 'paris');
  });

  it('keeps its ports while a cluster has not been seen, which may have them', () => {
    const portsOf = (input: MirrorInput) => {
      const decision = decideService(input);
      return decision.kind === 'write' ? decision.service.spec.ports?.map((one) => one.port) : decision.kind;
    };
    assert.deepEqual(portsOf(anInput(young, old)), [80]);
    assert.deepEqual(portsOf(anInput(young, { ...old, source: { kind: 'unknown' } })), [80, 443]);
  });

  it('slices of those that do not serve are not ready', () => {
    const later = aMirror('hello-mirror', ofClusters('paris', { name: 'rome', priority: 1 }));
    const of = (backend: Backend) => ({ ...backend, view: { ...backend.view, mirror: later } });
    assert.deepEqual(shown(anInput(of(young), of(old))), [
      'hello-mirror-ipv4-0 10.9.0.1',
      'hello-mirror-rome-ipv4-0 !10.9.0.1',
    ]);
  });
});
