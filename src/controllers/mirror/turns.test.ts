import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aLink, aMirror, aService, aView, anInput, condition, port } from '../../../test/gen/gen.js';
import type { BackendState, BackendStatus, ServiceMirrorStatus } from '../../api/mirrorstatus.js';
import type { Condition } from '../../api/objects.js';
import { newsOf } from './turns.js';

const says = (...conditions: Condition[]): ServiceMirrorStatus => ({ conditions });

/** The news of a mirror whose status changes so. */
function news(before: ServiceMirrorStatus | undefined, after: ServiceMirrorStatus) {
  const mirror = { ...aMirror(), ...(before !== undefined && { status: before }) };
  const { turn, refusal } = newsOf(anInput({ view: aView({ mirror }) }), after);
  const turned = turn && `${turn.before} to ${turn.after.status} ${turn.after.reason}`;
  return { ...(turned !== undefined && { turned }), ...(refusal !== undefined && { refusal }) };
}

const ready = says(condition('Ready'));
const unready = says(condition('Ready', 'False', 'GatewayUnhealthy'));
const synced = condition('Synced', 'False', 'WriteRefused', 'no');
const refused = says(synced, condition('Ready'));
const refusedToo = says(synced, condition('Ready', 'False', 'WriteRefused', 'no'));

const record = (cluster: string, state: BackendState): BackendStatus => ({
  ...{ cluster, namespace: 'default', name: 'hello', state, priority: 0, weight: 1 },
});
/** Ready, with clusters of which these serve. */
const serving = (...clusters: string[]): ServiceMirrorStatus => ({
  ...ready,
  backends: ['paris', 'rome'].map((name) => record(name, clusters.includes(name) ? 'Serving' : 'NotReady')),
});

const cases: Readonly<
  Record<string, [ServiceMirrorStatus | undefined, ServiceMirrorStatus, ReturnType<typeof news>]>
> = {
  'the first Ready of a mirror is a turn': [undefined, ready, { turned: 'undefined to True Ready' }],
  'so is the first one that is not': [undefined, unready, { turned: 'undefined to False GatewayUnhealthy' }],
  'a mirror that ceases to work has turned': [ready, unready, { turned: 'True to False GatewayUnhealthy' }],
  'another reason for the same is no turn': [unready, says(condition('Ready', 'False', 'NotExported')), {}],
  'the same again is no news': [ready, ready, {}],
  'other clusters that serve are news': [
    serving('paris'),
    serving('rome'),
    { turned: 'undefined to True BackendsChanged' },
  ],
  'the same clusters are no news': [serving('paris', 'rome'), serving('paris', 'rome'), {}],
  'clusters that come with the first status are no news': [ready, serving('paris'), {}],
  'a write that is refused is news while Ready stays': [ready, refused, { refusal: 'no' }],
  'and only once': [refused, refused, {}],
  'a refusal that Ready tells of by turning is told once': [
    ready,
    refusedToo,
    { turned: 'True to False WriteRefused' },
  ],
};

describe('newsOf()', () => {
  for (const [title, [before, after, wanted]] of Object.entries(cases))
    it(title, () => assert.deepEqual(news(before, after), wanted));

  it('names the Link of the leading backend, or the first one while none leads', () => {
    const mirror = aMirror();
    const backend = (cluster: string) => ({
      view: aView({
        mirror,
        link: aLink(cluster),
        backend: { cluster, namespace: 'default', name: 'hello' },
        remote: { synced: true, slices: [], service: aService('hello', port(80)) },
      }),
    });
    const limits = { transport: 'flat', protocols: ['TCP'], headless: true, sessionAffinity: true } as const;
    const notAccepted = { reason: 'LinkNotFound', message: 'no such Link' } as const;
    const linkOf = (...[first, second]: Parameters<typeof anInput>) =>
      newsOf(anInput(first, ...(second === undefined ? [] : [second])), ready).turn?.link;
    assert.equal(linkOf({ ...backend('paris'), limits }, { ...backend('rome'), limits }), 'paris');
    assert.equal(
      linkOf({ ...backend('paris'), limits, notAccepted }, { ...backend('rome'), limits }),
      'rome',
    );
    assert.equal(linkOf({ ...backend('paris'), notAccepted }, { ...backend('rome'), notAccepted }), 'paris');
  });
});
