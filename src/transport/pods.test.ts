import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aService,
  aView,
  condition,
  of,
  port,
  serviceSpec,
  withStatus,
} from '../../test/gen/gen.js';
import { aHeadless, aPodSlice } from '../../test/gen/pods.js';
import { whyNotAccepted } from '../mirror/accept.js';
import { sourceOf } from '../mirror/source.js';
import type { BackendView, KnownSource, PodMirror } from '../mirror/view.js';
import { matches } from '../runtime/selector.js';
import { tunnel } from './gateway.js';
import { linkerd } from './linkerd.js';
import { neededPorts } from './neededports.js';
import { answerByPods } from './pods.js';

const mirror = aMirror('db', of('paris', 'default/db'));
const service = aHeadless('db', port(5432, { name: 'db' }), port(53, { name: 'dns', protocol: 'UDP' }));
const slices = [
  aPodSlice('db', [
    ['db-0', '10.1.0.1'],
    ['db-1', '10.1.0.2'],
  ]),
];
const saying = (...says: Parameters<typeof condition>) =>
  aMirror('m', withStatus({ conditions: [condition(...says)] }));
const ready = saying('Ready', 'True', 'Ready');
const pod = (hostname: string, ip: string | undefined, more: Partial<PodMirror> = {}): PodMirror => ({
  ...{ hostname, name: `db-${hostname}`, isTaken: false, isThere: true },
  ...(ip !== undefined && { mirror: ready, service: aService('s', serviceSpec({ clusterIP: ip })) }),
  ...more,
});
const both = [pod('db-0', '10.96.0.1'), pod('db-1', '10.96.0.2')];

function ask(pods: readonly PodMirror[] | undefined, more: Partial<BackendView> = {}) {
  const remote = { synced: true, service, slices };
  const view = aView({ mirror, remote, ...(pods && { pods }), ...more });
  return answerByPods(view, sourceOf(view, tunnel.limits) as KnownSource);
}

const shown = (answer: ReturnType<typeof ask>) =>
  answer.kind === 'keep'
    ? 'keep'
    : answer.slices.flatMap(({ endpoints }) =>
        endpoints.map(
          ({ hostname, addresses, conditions }) =>
            `${hostname} ${conditions?.ready === true ? '' : '!'}${addresses.join()}`,
        ),
      );

describe('answerByPods()', () => {
  it('leads each host name to the ClusterIP of the mirror of its pod, on the ports of the service', () => {
    const answer = ask(both);
    assert.ok(answer.kind === 'endpoints');
    assert.deepEqual(shown(answer), ['db-0 10.96.0.1', 'db-1 10.96.0.2']);
    assert.deepEqual(answer.slices[0]?.ports, [{ name: 'db', port: 5432, protocol: 'TCP' }]);
    assert.deepEqual([answer.notReady, answer.remark], [undefined, undefined]);
  });

  it('shows a pod as ready as its mirror is', () => {
    const answer = ask([
      both[0]!,
      pod('db-1', '10.96.0.2', { mirror: saying('Ready', 'False', 'NotExported') }),
    ]);
    assert.deepEqual(shown(answer), ['db-0 10.96.0.1', 'db-1 !10.96.0.2']);
    assert.ok(answer.kind === 'endpoints' && answer.notReady === undefined);
    assert.match(answer.remark ?? '', /^host name db-1: /);
  });

  it('says why no pod is ready, as the mirror of the first one does', () => {
    const not = saying('Ready', 'False', 'NotExported');
    const answer = ask([pod('db-0', '10.96.0.1', { mirror: not })]);
    assert.ok(answer.kind === 'endpoints');
    assert.equal(answer.notReady?.reason, 'NotExported');
    const none = ask([pod('db-0', undefined)]);
    assert.ok(none.kind === 'endpoints');
    assert.deepEqual([none.slices, none.notReady?.reason], [[], 'Pending']);
  });

  it('names those whose name is taken, and counts the others', () => {
    const taken = (at: number) => pod(`db-${at}`, undefined, { isTaken: true });
    const answer = ask([both[0]!, ...[1, 2, 3, 4, 5].map(taken)]);
    assert.ok(answer.kind === 'endpoints');
    assert.match(answer.remark ?? '', /^host name db-1: .*"db-db-1".*; and 2 more$/);
  });

  it('says that there are no pods, and that none of them is ready', () => {
    const at = (...all: typeof slices) => {
      const answer = ask([], { remote: { synced: true, service, slices: all } });
      assert.ok(answer.kind === 'endpoints');
      return answer.notReady;
    };
    assert.deepEqual(at(), { reason: 'NoReadyEndpoints', message: 'the remote service has no pods' });
    const [slice = assert.fail()] = slices;
    const down = (slice.endpoints ?? []).map((one) => ({ ...one, conditions: { ready: false } }));
    assert.deepEqual(at({ ...slice, endpoints: down }), {
      ...{ reason: 'NoReadyEndpoints', message: 'none of the 2 remote endpoints is ready' },
    });
  });

  it('keeps what is there while the slices are not known', () => assert.equal(shown(ask(undefined)), 'keep'));

  it('gives the addresses of both families', () => {
    const dual = pod('db-0', '10.96.0.1', {
      service: aService('s', serviceSpec({ clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] })),
    });
    assert.deepEqual(shown(ask([dual])), ['db-0 10.96.0.1', 'db-0 fd00::1']);
  });

  it('is the answer of both transports that go through gateways, which need no egress port for it', () => {
    const view = aView({ mirror, remote: { synced: true, service, slices }, pods: both });
    for (const transport of [tunnel, linkerd]) {
      const { limits } = transport;
      const source = sourceOf(view, limits) as KnownSource;
      const facts = { egress: { complete: false, pods: [] } };
      assert.deepEqual(
        transport.answer({ view, link: view.link ?? assert.fail(), source, facts }),
        ask(both),
      );
      assert.equal(whyNotAccepted({ view, source, limits, matches }), undefined);
      assert.deepEqual(neededPorts({ view, source, limits, notAccepted: undefined }), []);
    }
  });

  it('is not asked for pods without host names, with the fix', () => {
    const nameless = slices.map((one) => ({
      ...one,
      endpoints: one.endpoints?.map(({ addresses }) => ({ addresses })) ?? [],
    }));
    const view = aView({ mirror, remote: { synced: true, service, slices: nameless } });
    const source = sourceOf(view, tunnel.limits);
    const why = whyNotAccepted({ view, source, limits: tunnel.limits, matches });
    assert.equal(why?.reason, 'UnsupportedService');
    assert.match(why?.message ?? '', /no host names.*transport flat/);
  });
});
