import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matches } from '../runtime/selector.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  annotated,
  importing,
  inNamespace,
  labelled,
  named,
  of,
  ofClusters,
  ownedBy,
  type Change,
} from '../../test/gen/gen.js';
import type { Imports, Link } from '../api/link.js';
import type { KubeObject, Service } from '../api/objects.js';
import { parseServiceMirror } from '../api/parse.js';
import {
  automaticSource,
  decideAutomatic,
  isSelected,
  mayHold,
  mostAutomatic,
  mostNamespaces,
  type AutomaticView,
} from './automatic.js';

const link = (imports: Partial<Imports> = {}, ...changes: Change<Link>[]) =>
  aLink('paris', importing({ automatic: true, ...imports }), ...changes);
const deleted: Change<KubeObject> = ({ metadata }) => {
  metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
};
const view: AutomaticView = {
  ...{ link: link(), service: aService('web'), namespace: aNamespace(), rivals: [], matches },
  ...{ ownNamespace: 'service-mirror', made: 0, namespacesMade: () => 0 },
};

const team = { matchLabels: { team: 'a' } };

describe('decideAutomatic()', () => {
  it('makes a mirror of the Service, in the namespace of the same name', () => {
    const decision = decideAutomatic(view);
    assert.deepEqual(decision, {
      kind: 'mirror',
      mirror: {
        apiVersion: 'linkerd.io/v1alpha1',
        kind: 'ServiceMirror',
        metadata: {
          ...{ name: 'web-paris', namespace: 'default' },
          labels: { 'app.kubernetes.io/managed-by': 'service-mirror', 'linkerd.io/link': 'paris' },
          annotations: { 'linkerd.io/remote-service': 'default/web' },
        },
        spec: { cluster: 'paris', service: { name: 'web', namespace: 'default' }, name: 'web-paris' },
      },
    });
  });

  it('keeps the mirror that it made, also when there are as many as there may be', () => {
    const own = aMirror('web-paris', ownedBy(link()));
    assert.equal(decideAutomatic({ ...view, own, made: mostAutomatic }).kind, 'mirror');
  });

  it('takes out of its mirror what somebody has written for several clusters, all of it', () => {
    const own = aMirror('web-paris', ownedBy(link()), ofClusters('paris', 'lyon'), ({ spec }) => {
      Object.assign(spec, { minReady: 2, trafficDistribution: 'PreferClose' });
    });
    const decision = decideAutomatic({ ...view, own });
    assert.ok(decision.kind === 'mirror');
    const merged = Object.entries({ ...own.spec, ...decision.mirror.spec }).filter(
      ([, value]) => value !== null,
    );
    assert.ok(parseServiceMirror({ ...own, spec: Object.fromEntries(merged) }).ok);
  });

  const { namespace: _none, ...withoutNamespace } = view;
  const none: Record<string, { when: AutomaticView; why: string }> = {
    'has no namespace here': { when: withoutNamespace, why: 'NamespaceMissing' },
    'has a namespace that is being deleted': {
      when: { ...view, namespace: aNamespace('default', deleted) },
      why: 'NamespaceMissing',
    },
    'has a namespace that the Link does not select': {
      when: { ...view, link: link({ namespaces: team }) },
      why: 'NamespaceNotAllowed',
    },
    'has a namespace of the system, which the Link does not select': {
      when: {
        ...view,
        service: aService('dns', inNamespace('kube-system')),
        namespace: aNamespace('kube-system'),
      },
      why: 'NamespaceNotAllowed',
    },
    'would have the name of another mirror': {
      when: { ...view, rivals: [aMirror('web-paris')] },
      why: 'NameConflict',
    },
    'is one too many': { when: { ...view, made: mostAutomatic }, why: 'TooMany' },
    'has a name that no Service may have': {
      when: { ...view, service: aService('x'.repeat(300)) },
      why: 'InvalidName',
    },
    'would have a name that begins with a digit': {
      when: { ...view, link: link({ nameTemplate: '{service}' }), service: aService('1web') },
      why: 'InvalidName',
    },
  };
  for (const [what, { when, why }] of Object.entries(none))
    it(`makes none of a Service that ${what}`, () =>
      assert.deepEqual(decideAutomatic(when), { kind: 'none', why }));

  describe('makes a namespace', () => {
    const creating = (imports: Partial<Imports> = {}) => ({
      ...withoutNamespace,
      link: link({ createNamespaces: true, ...imports }),
    });
    const labels = { 'app.kubernetes.io/managed-by': 'service-mirror', 'linkerd.io/link': 'paris' };
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default', labels } };

    it('where there is none, with labels that say whose it is', () =>
      assert.deepEqual(decideAutomatic(creating()), { kind: 'namespace', namespace }));

    for (const matchLabels of [{ ...labels }, { 'kubernetes.io/metadata.name': 'default' }])
      it(`where the Link selects ${Object.keys(matchLabels).join(' and ')}`, () =>
        assert.equal(decideAutomatic(creating({ namespaces: { matchLabels } })).kind, 'namespace'));

    const all = { matchExpressions: [] };
    const of = (name: string) => ({
      ...creating({ namespaces: all }),
      service: aService('web', inNamespace(name)),
    });
    const not: Record<string, { when: AutomaticView; why: string }> = {
      'where the Link would not select it': { when: creating({ namespaces: team }), why: 'NamespaceMissing' },
      'of the system, also where the Link selects it': { when: of('kube-extra'), why: 'NamespaceMissing' },
      "of the operator's own name": { when: of('service-mirror'), why: 'NamespaceMissing' },
      'while one of its name is being deleted': {
        when: { ...creating(), namespace: aNamespace('default', deleted) },
        why: 'NamespaceMissing',
      },
      'for a mirror too many': { when: { ...creating(), made: mostAutomatic }, why: 'TooMany' },
      'when it has made as many as it may': {
        when: { ...creating(), namespacesMade: () => mostNamespaces },
        why: 'TooManyNamespaces',
      },
    };
    for (const [what, { when, why }] of Object.entries(not))
      it(`not ${what}`, () => assert.deepEqual(decideAutomatic(when), { kind: 'none', why }));
  });

  it('makes one where the Link selects the namespace', () => {
    const namespace = aNamespace('default', labelled({ team: 'a' }));
    const decision = decideAutomatic({ ...view, link: link({ namespaces: team }), namespace });
    assert.equal(decision.kind, 'mirror');
  });
});

describe('isSelected()', () => {
  const its = link({ selector: team, remoteNamespaces: ['default'] });
  const chosen = labelled({ team: 'a' });
  const cases: Record<string, { service: Service; is: boolean }> = {
    'what the selector selects': { service: aService('web', chosen), is: true },
    'nothing with other labels': { service: aService('web'), is: false },
    'nothing of other namespaces': { service: aService('web', chosen, inNamespace('shop')), is: false },
    'no mirror of ours': { service: aService('web', chosen, ownedBy(aMirror('there'))), is: false },
    "no mirror of Linkerd's": {
      service: aService('web', chosen, labelled({ 'mirror.linkerd.io/mirrored-service': 'true' })),
      is: false,
    },
  };
  for (const [what, { service, is }] of Object.entries(cases))
    it(`takes ${what}`, () => assert.equal(isSelected(service, its, matches), is));

  it('takes nothing without a selector', () =>
    assert.equal(isSelected(aService('web'), link(), matches), false));
});

describe('automaticSource()', () => {
  const source = annotated({ 'linkerd.io/remote-service': 'default/web' });
  it('reads the Service from the annotation, whatever the spec says', () => {
    const its = [named('web-paris'), ownedBy(link()), source] as const;
    const mirror = aMirror('web-paris', of('lyon', 'default/else'), ...its);
    assert.deepEqual(automaticSource(mirror), { cluster: 'paris', namespace: 'default', name: 'web' });
  });
  it('is nothing of a mirror that no Link owns, or of another namespace or name, or without the annotation', () => {
    const its = named('m');
    for (const mirror of [
      aMirror('m', its, source),
      aMirror('m', its, ownedBy(link()), source, inNamespace('shop')),
      aMirror('m', its, ownedBy(link())),
      aMirror('copy', its, ownedBy(link()), source),
    ])
      assert.equal(automaticSource(mirror), undefined);
  });
});

describe('mayHold()', () => {
  const ours = { matches, ownNamespace: 'service-mirror' };
  it('asks the selector of the Link, and leaves out what the system has', () => {
    assert.ok(mayHold(aLink(), aNamespace(), ours));
    assert.ok(!mayHold(aLink(), undefined, ours));
    assert.ok(!mayHold(aLink(), aNamespace('kube-system', inNamespace('')), ours));
    assert.ok(!mayHold(aLink(), aNamespace('service-mirror'), ours));
    const chosen = aNamespace('default', labelled({ team: 'a' }));
    assert.ok(mayHold(aLink('paris', importing({ namespaces: team })), chosen, ours));
    assert.ok(!mayHold(aLink('paris', importing({ namespaces: team })), aNamespace(), ours));
  });
});
