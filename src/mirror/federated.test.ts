import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aMirror,
  aNamespace,
  aService,
  annotated,
  labelled,
  named,
  ofClusters,
  ownedBy,
} from '../../test/gen/gen.js';
import { matches } from '../runtime/selector.js';
import {
  decideFederated,
  federatedName,
  federatedService,
  isMember,
  memberLabel,
  type Candidate,
  type FederatedView,
} from './federated.js';

const marks = [
  named('web-federated'),
  labelled({ 'app.kubernetes.io/managed-by': 'service-mirror' }),
  annotated({ 'linkerd.io/federated-service': 'web' }),
] as const;
const made = (...clusters: string[]) => aMirror('web-federated', ofClusters(...clusters), ...marks);
const member = (cluster: string): Candidate => ({ cluster, is: 'member', mayBeHere: true });
const none = (cluster: string): Candidate => ({ cluster, is: 'none', mayBeHere: true });
const unknown = (cluster: string): Candidate => ({ cluster, is: 'unknown', mayBeHere: true });
const view = (...candidates: Candidate[]): FederatedView => ({
  ...{ namespaceName: 'default', namespace: aNamespace(), service: 'web', candidates },
  isTaken: false,
});
const clustersOf = (when: FederatedView) => {
  const decision = decideFederated(when);
  return decision.kind === 'mirror' ? decision.mirror.spec.clusters : decision.kind;
};
const names = (...all: string[]) => all.map((name) => ({ name }));

describe('decideFederated()', () => {
  it('says of a member that it leaves out why', () => {
    const without = (...all: Candidate[]) => {
      const decision = decideFederated(view(...all));
      return decision.kind === 'mirror' ? decision.without : decision.kind;
    };
    const shut = { ...member('lyon'), mayBeHere: false };
    const full = { ...member('rome'), isFull: true };
    assert.deepEqual(without(member('paris'), none('lyon')), []);
    assert.deepEqual(without(member('paris'), shut), [{ cluster: 'lyon', why: 'NamespaceNotAllowed' }]);
    assert.deepEqual(without(member('paris'), full), [{ cluster: 'rome', why: 'TooMany' }]);
    const many = Array.from({ length: 33 }, (_, n) => member(`c${String(n).padStart(2, '0')}`));
    assert.deepEqual(without(...many), [{ cluster: 'c32', why: 'TooMany' }]);
  });

  it('makes an ordinary mirror of all clusters that have a member', () => {
    assert.deepEqual(
      decideFederated(view(member('paris'), none('lyon'), member('berlin'), member('local'))),
      {
        kind: 'mirror',
        without: [],
        mirror: {
          apiVersion: 'linkerd.io/v1alpha1',
          kind: 'ServiceMirror',
          metadata: {
            ...{ name: 'web-federated', namespace: 'default' },
            labels: { 'app.kubernetes.io/managed-by': 'service-mirror' },
            annotations: { 'linkerd.io/federated-service': 'web' },
          },
          spec: {
            clusters: names('berlin', 'local', 'paris'),
            ...{ service: { name: 'web', namespace: 'default' }, name: 'web-federated' },
          },
        },
      },
    );
  });

  it('lets members join behind those that are there, and leave', () => {
    const own = made('paris', 'local');
    const joined = view(member('paris'), member('berlin'), member('local'));
    assert.deepEqual(clustersOf({ ...joined, own }), names('paris', 'local', 'berlin'));
    const left = view(none('paris'), member('berlin'), member('local'));
    assert.deepEqual(clustersOf({ ...left, own }), names('local', 'berlin'));
  });

  it('keeps the place of a cluster that cannot be seen, and gives it none', () => {
    const blind = view(unknown('paris'), member('berlin'));
    assert.deepEqual(clustersOf({ ...blind, own: made('paris') }), names('paris', 'berlin'));
    assert.deepEqual(clustersOf(blind), names('berlin'));
    assert.deepEqual(clustersOf({ ...view(unknown('paris')), own: made('paris') }), names('paris'));
    assert.equal(clustersOf(view(unknown('paris'))), 'none');
  });

  it('lets a Link leave that is gone, or federates no more', () =>
    assert.deepEqual(
      clustersOf({ ...view(member('berlin')), own: made('paris', 'berlin') }),
      names('berlin'),
    ));

  it('makes none without members, and none of this cluster alone', () => {
    for (const when of [view(none('paris'), none('local')), view(none('paris'), member('local')), view()])
      assert.deepEqual(decideFederated(when), { kind: 'none' });
    assert.deepEqual(decideFederated({ ...view(none('paris'), none('local')), own: made('paris') }), {
      kind: 'none',
    });
  });

  it('stays for this cluster when all others have left, and gives them no traffic', () => {
    const alone = view(none('paris'), member('local'));
    const clusters = [{ name: 'paris', weight: 0 }, { name: 'local' }];
    assert.deepEqual(clustersOf({ ...alone, own: made('paris', 'local') }), clusters);
    const back = view(member('paris'), member('local'));
    assert.deepEqual(clustersOf({ ...back, own: made('paris', 'local') }), names('paris', 'local'));
  });

  it('gives a cluster no part in more than it may have, and takes none away, nor from others', () => {
    const full = view({ ...member('paris'), isFull: true }, member('lyon'));
    assert.deepEqual(clustersOf(full), names('lyon'));
    assert.deepEqual(clustersOf({ ...full, own: made('paris') }), names('paris', 'lyon'));
  });

  it('takes as many clusters as a mirror may have', () => {
    const many = Array.from({ length: 40 }, (_, n) => member(`c${n}`));
    const found = clustersOf(view(...many));
    assert.equal(found?.length, 32);
  });

  const { namespace: _none, ...withoutNamespace } = view({ ...member('paris'), mayBeHere: false });
  const reasons: Record<string, { when: FederatedView; why: string }> = {
    'there is no namespace': { when: withoutNamespace, why: 'NamespaceMissing' },
    'no Link may use the namespace': {
      when: { ...withoutNamespace, namespace: aNamespace() },
      why: 'NamespaceNotAllowed',
    },
    'somebody has the name': { when: { ...view(member('paris')), isTaken: true }, why: 'NameConflict' },
    'its clusters have a part in too many': {
      when: view({ ...member('paris'), isFull: true }),
      why: 'TooMany',
    },
    'no Service may have the name': {
      when: { ...view(member('paris')), service: '1web' },
      why: 'InvalidName',
    },
  };
  for (const [what, { when, why }] of Object.entries(reasons))
    it(`makes none where ${what}`, () => assert.deepEqual(decideFederated(when), { kind: 'none', why }));
});

describe('federatedService()', () => {
  it('knows a mirror of ours by its marks and its name', () => {
    assert.equal(federatedService(made('paris')), 'web');
    const others = [
      aMirror('web-federated', named('web-federated')),
      aMirror('copy', ...marks),
      aMirror('web-federated', ...marks, named('other')),
      aMirror('web-federated', ...marks, labelled({ 'app.kubernetes.io/managed-by': 'helm' })),
    ];
    for (const mirror of others) assert.equal(federatedService(mirror), undefined);
  });

  it('knows one whose name was cut', () => {
    const service = 'x'.repeat(60);
    const name = federatedName(service);
    assert.equal(name.length, 63);
    const mirror = aMirror(
      name,
      ...marks,
      named(name),
      annotated({ 'linkerd.io/federated-service': service }),
    );
    assert.equal(federatedService(mirror), service);
  });
});

describe('isMember()', () => {
  const chosen = labelled({ 'mirror.linkerd.io/federated': 'member' });
  const cases: Record<string, { service: ReturnType<typeof aService>; is: boolean }> = {
    'a Service with the label': { service: aService('web', chosen), is: true },
    'none without it': { service: aService('web'), is: false },
    'no mirror': { service: aService('web', chosen, ownedBy(aMirror('there'))), is: false },
    'no headless Service': {
      service: aService('web', chosen, ({ spec }) => {
        spec.clusterIP = 'None';
      }),
      is: false,
    },
    'no name of another host': {
      service: aService('web', chosen, ({ spec }) => {
        spec.type = 'ExternalName';
      }),
      is: false,
    },
  };
  for (const [what, { service, is }] of Object.entries(cases))
    it(`takes ${what}`, () => assert.equal(isMember(service, memberLabel, matches), is));
});
