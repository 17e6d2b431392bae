import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  aLink,
  aMirror,
  annotated,
  aService,
  aView,
  anInput,
  headless,
  importing,
  labelled,
  metadata,
  named,
  of,
  ofClusters,
  over,
  ownedBy,
  port,
  type Change,
} from '../../test/gen/gen.js';
import { aLinkerdService, anAdopter } from '../../test/gen/linkerdservice.js';
import { keys } from '../api/names.js';
import type { Service } from '../api/objects.js';
import type { ServiceMirror } from '../api/servicemirror.js';
import { transports } from '../transport/transports.js';
import { matches } from '../runtime/selector.js';
import { whyNotAccepted } from './accept.js';
import { adoptedFields, isAdopted, whyNotAdopted } from './adoption.js';
import { decideService } from './service.js';
import { sourceOf } from './source.js';

const without =
  (...names: string[]): Change<Service> =>
  ({ metadata: { labels = {}, annotations = {} } }) => {
    for (const name of names) {
      delete labels[name];
      delete annotations[name];
    }
  };

/** A Service that Linkerd has made for these members of several clusters. */
const aFederated = (members: string) =>
  aLinkerdService(
    without(keys.clusterName, keys.remoteFqName),
    annotated({ [keys.remoteDiscovery]: members }),
  );

/** The mirror, what is there, and what the message has to say; undefined: it may be taken over. */
const cases: Readonly<
  Record<string, readonly [mirror: ServiceMirror, local: Service, says: RegExp | undefined]>
> = {
  "one of Linkerd's that leads to the same service": [anAdopter(), aLinkerdService(), undefined],
  'one that has another owner besides': [
    anAdopter(),
    aLinkerdService(({ metadata: { ownerReferences: _none, ...meta } }) => {
      Object.assign(meta, {
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }],
      });
    }),
    undefined,
  ],
  'a Service that somebody wrote': [
    anAdopter(),
    aService('hello-paris', metadata({ uid: 'uid-linkerds' })),
    /no mirror of Linkerd's: it lacks label/,
  ],
  'one that only says that it is mirrored': [
    anAdopter(),
    aLinkerdService(without(keys.clusterName)),
    /it lacks/,
  ],
  'one that only names a cluster': [anAdopter(), aLinkerdService(without(keys.mirroredService)), /it lacks/],
  'another one of that name': [
    anAdopter(),
    aLinkerdService(metadata({ uid: 'uid-later' })),
    /names another UID.*kubectl --namespace default get service hello-paris --output jsonpath=\{\.metadata\.uid\}/,
  ],
  "another mirror's": [
    anAdopter(),
    aLinkerdService(ownedBy(aMirror('other'))),
    /belongs to ServiceMirror "other"/,
  ],
  'that of another controller': [
    anAdopter(),
    aLinkerdService(ownedBy({ ...aService('x'), kind: 'Gateway' })),
    /belongs to Gateway "x"/,
  ],
  'one that leads to another cluster': [
    anAdopter(of('lyon', 'default/hello')),
    aLinkerdService(),
    /mirror of hello\.default\.svc\.cluster\.local in cluster "paris"; name that one in spec\.cluster/,
  ],
  'one that leads to another service': [
    anAdopter(of('paris', 'default/hell')),
    aLinkerdService(),
    /mirror of hello\.default/,
  ],
  'one that leads to another namespace': [
    anAdopter(of('paris', 'shop/hello')),
    aLinkerdService(),
    /mirror of hello\.default/,
  ],
  'a federation that has the service as a member': [
    anAdopter(ofClusters('lyon', 'paris')),
    aFederated('other@lyon,hello@paris'),
    undefined,
  ],
  'a federation that has it not': [
    anAdopter(ofClusters('lyon', 'paris')),
    aFederated('hello@berlin,hello-2@paris'),
    /federation of hello@berlin,hello-2@paris; name one of these in spec\.clusters/,
  ],
  'a federation of another namespace': [
    anAdopter(of('paris', 'shop/hello'), ofClusters('lyon', 'paris')),
    aFederated('hello@paris'),
    /federation of hello@paris/,
  ],
  'one that does not say where it leads': [
    anAdopter(),
    aLinkerdService(without(keys.remoteFqName)),
    /mirror of an unknown service/,
  ],
};

suite('whyNotAdopted() and whyNotAccepted()', () => {
  for (const [what, [mirror, local, says]] of Object.entries(cases))
    test(`${says === undefined ? 'allow' : 'refuse'} ${what}`, () => {
      const why = whyNotAdopted(mirror, local);
      if (says === undefined) assert.equal(why, undefined);
      else assert.match(why ?? '', says);
      const link = aLink('any', importing({ namespaceMapping: 'Any' }));
      const view = aView({ mirror, local, link });
      const notAccepted = whyNotAccepted({ view, source: sourceOf(view), matches });
      if (says === undefined || what === "another mirror's") return;
      assert.equal(notAccepted?.reason, 'NameConflict');
      assert.match(notAccepted.message, says);
    });
});

test("whyNotAccepted() says how one of Linkerd's could be taken over", () => {
  const view = aView({ mirror: aMirror('m', named('hello-paris')), local: aLinkerdService() });
  const notAccepted = whyNotAccepted({ view, source: sourceOf(view), matches });
  assert.equal(notAccepted?.reason, 'NameConflict');
  assert.match(notAccepted.message, /write its UID into annotation linkerd\.io\/adopt-service/);
});

test('isAdopted() tells a Service that was taken over from one that the mirror made', () => {
  const mirror = anAdopter();
  assert.equal(isAdopted(aLinkerdService(ownedBy(mirror)), mirror), true);
  assert.equal(isAdopted(aLinkerdService(), mirror), false);
  assert.equal(isAdopted(aService('hello-paris', ownedBy(mirror)), mirror), false);
});

suite('adoptedFields()', () => {
  const desired = { labels: { mine: 'x' }, annotations: {} };
  test('make the mirror the controller and let go what Linkerd acts on', () => {
    const { metadata: fields } = adoptedFields(anAdopter(), aLinkerdService(), {
      desired,
      imports: undefined,
    });
    assert.deepEqual(
      fields.ownerReferences.map(({ name, controller }) => [name, controller]),
      [['hello-mirror', true]],
    );
    assert.deepEqual(fields.labels, { [keys.mirroredService]: null, [keys.clusterName]: null });
    assert.deepEqual(fields.annotations, {
      'kubectl.kubernetes.io/last-applied-configuration': null,
      'mirror.linkerd.io/remote-resource-version': null,
      [keys.remoteFqName]: null,
    });
  });
  test('keep what the mirror has as well, and other owners', () => {
    const local = aLinkerdService(
      metadata({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'y' }] }),
    );
    const { metadata: fields } = adoptedFields(anAdopter(), local, {
      desired: { labels: { [keys.mirroredService]: 'true' } },
      imports: undefined,
    });
    assert.deepEqual(fields.labels, { [keys.clusterName]: null });
    assert.deepEqual(
      fields.ownerReferences.map(({ kind }) => kind),
      ['ConfigMap', 'ServiceMirror'],
    );
  });
  test('follow what the Link lets travel', () => {
    const local = aLinkerdService(labelled({ 'argocd.argoproj.io/instance': 'x', team: 'a' }));
    const labels = (imports: Parameters<typeof importing>[0]) => {
      const { spec } = aLink('paris', importing(imports));
      const fields = adoptedFields(anAdopter(), local, { desired, imports: spec.imports });
      return Object.keys(fields.metadata.labels).filter((name) => !name.startsWith('mirror.linkerd.io/'));
    };
    assert.deepEqual(labels({}), ['argocd.argoproj.io/instance']);
    assert.deepEqual(labels({ metadata: 'All', excludedLabels: ['team'] }), ['team']);
    assert.deepEqual(labels({ metadata: 'None' }), ['app', 'argocd.argoproj.io/instance', 'team']);
  });
});

suite('decideService()', () => {
  const decide = (...changes: Parameters<typeof aService>[1][]) => {
    const service = aService('hello', port(80), ...changes);
    const view = aView({
      ...{ mirror: anAdopter(), local: aLinkerdService(), link: aLink('paris', over('flat')) },
      remote: { synced: true, service, slices: [] },
    });
    const { limits } = transports.flat;
    const source = sourceOf(view, limits);
    const notAccepted = whyNotAccepted({ view, source, limits, matches });
    return { notAccepted, decision: decideService(anInput({ view, source, limits, notAccepted })) };
  };
  test("takes over one of Linkerd's", () => {
    const { decision, notAccepted } = decide();
    assert.equal(notAccepted, undefined);
    assert.equal(decision.kind, 'adopt');
    assert.equal(decision.local.metadata.uid, 'uid-linkerds');
    assert.ok(!('uid' in decision.fields.metadata));
  });
  test('takes over none whose cluster IP would have to go', () => {
    const { decision, notAccepted } = decide(headless);
    assert.equal(decision.kind, 'keep');
    assert.equal(notAccepted?.reason, 'NameConflict');
    assert.match(
      notAccepted.message,
      /cannot keep its cluster IP, since the remote service is headless now; delete it/,
    );
  });
  test('leaves one that is being deleted', () => {
    const view = aView({
      ...{ mirror: anAdopter(), local: aLinkerdService(metadata({ deletionTimestamp: 'now' })) },
      remote: { synced: true, service: aService('hello', port(80)), slices: [] },
    });
    const { limits } = transports.gateway;
    assert.equal(decideService(anInput({ view, source: sourceOf(view, limits), limits })).kind, 'keep');
  });
  test('takes over none for a mirror that is being deleted', () => {
    const mirror = anAdopter(metadata({ deletionTimestamp: 'now' }), annotated({ note: 'y' }));
    const view = aView({
      ...{ mirror, local: aLinkerdService() },
      remote: { synced: true, service: aService('hello', port(80)), slices: [] },
    });
    const { limits } = transports.gateway;
    assert.equal(decideService(anInput({ view, source: sourceOf(view, limits), limits })).kind, 'keep');
  });
});
