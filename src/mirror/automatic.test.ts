import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matches } from '../runtime/selector.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  importing,
  labelled,
  ownedBy,
  type Change,
} from '../../test/gen/gen.js';
import type { Imports, Link } from '../api/link.js';
import type { KubeObject } from '../api/objects.js';
import { decideAutomatic, type AutomaticView } from './automatic.js';

const link = (imports: Partial<Imports> = {}, ...changes: Change<Link>[]) =>
  aLink('paris', importing({ automatic: true, ...imports }), ...changes);
const deleted: Change<KubeObject> = ({ metadata }) => {
  metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
};
const view: AutomaticView = {
  ...{ link: link(), service: aService('web'), namespace: aNamespace(), rivals: [], matches },
};

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
        },
        spec: { cluster: 'paris', service: { name: 'web', namespace: 'default' }, name: 'web-paris' },
      },
    });
  });

  it('keeps the mirror that it made', () => {
    const rivals = [aMirror('web-paris', ownedBy(link()))];
    assert.equal(decideAutomatic({ ...view, rivals }).kind, 'mirror');
  });

  const { namespace: _none, ...withoutNamespace } = view;
  const team = { matchLabels: { team: 'a' } };
  const none: Record<string, { when: AutomaticView; why?: string }> = {
    'is itself a mirror of ours': {
      when: { ...view, service: aService('web', ownedBy(aMirror('there'))) },
    },
    "is itself a mirror of Linkerd's": {
      when: { ...view, service: aService('web', labelled({ 'mirror.linkerd.io/mirrored-service': 'true' })) },
    },
    'has no namespace here': { when: withoutNamespace, why: 'NamespaceMissing' },
    'has a namespace that is being deleted': {
      when: { ...view, namespace: aNamespace('default', deleted) },
      why: 'NamespaceMissing',
    },
    'has a namespace that the Link does not select': {
      when: { ...view, link: link({ namespaces: team }) },
      why: 'NamespaceNotAllowed',
    },
    'would have the name of a mirror that somebody wrote': {
      when: { ...view, rivals: [aMirror('web-paris')] },
      why: 'NameConflict',
    },
    'would have the name of a mirror of another Link': {
      when: { ...view, rivals: [aMirror('web-paris', ownedBy(aLink('lyon')))] },
      why: 'NameConflict',
    },
    'would have a name that begins with a digit': {
      when: { ...view, link: link({ nameTemplate: '{service}' }), service: aService('1web') },
      why: 'InvalidName',
    },
  };
  for (const [what, { when, why }] of Object.entries(none))
    it(`makes none of a Service that ${what}`, () =>
      assert.deepEqual(decideAutomatic(when), { kind: 'none', ...(why !== undefined && { why }) }));

  it('makes one where the Link selects the namespace', () => {
    const namespace = aNamespace('default', labelled({ team: 'a' }));
    const decision = decideAutomatic({ ...view, link: link({ namespaces: team }), namespace });
    assert.equal(decision.kind, 'mirror');
  });
});
