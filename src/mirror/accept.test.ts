import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aMirror,
  aNamespace,
  aService,
  aSlice,
  aView,
  endpoint,
  exportOnly,
  headless,
  importing,
  labelled,
  metadata,
  of,
  ofClusters,
  onlyPorts,
  ownedBy,
  port,
  serviceSpec,
  type ViewFields,
} from '../../test/gen/gen.js';
import { keys, managedBy } from '../api/names.js';
import { transports } from '../transport/transports.js';
import { matches } from '../runtime/selector.js';
import { whyNotAccepted } from './accept.js';
import type { Family } from '../endpoints/family.js';
import { sourceOf } from './source.js';
import type { TransportLimits } from './view.js';

interface Case {
  view?: ViewFields;
  limits?: TransportLimits;
  families?: Family[];
  reason: string | undefined;
  /** What the message must name: the field, and the way out. */
  says?: RegExp;
}

const seen = (...changes: Parameters<typeof aService>[1][]) => ({
  remote: { synced: true, service: aService('hello', ...changes), slices: [] },
});
const blind = { remote: { synced: false, slices: [] } };
const notRestricted = importing({
  namespaces: { matchExpressions: [{ key: 'restricted', operator: 'DoesNotExist' }] },
});
const ownNamespace = importing({ namespaces: { matchLabels: { team: 'a' } } });

const cases: Record<string, Case> = {
  'accepts a mirror of a service that is there': { view: seen(port(80)), reason: undefined },
  'accepts a mirror of a service that is not there yet': { reason: undefined },
  'accepts a mirror while the remote cluster cannot be seen': { view: blind, reason: undefined },
  'refuses a spec that breaks a rule, and says each': {
    view: { problems: ['spec.cluster: no', 'spec.name: no'] },
    reason: 'InvalidSpec',
    says: /spec\.cluster: no; spec\.name: no/,
  },
  'names the list when one of several clusters has no Link': {
    view: { mirror: aMirror('m', ofClusters('paris', 'rome')), link: undefined },
    reason: 'LinkNotFound',
    says: /spec\.clusters: there is no Link "paris"/,
  },
  'refuses a headless service as one of several': {
    view: { mirror: aMirror('m', ofClusters('paris', 'rome')), ...seen(port(80), headless) },
    reason: 'UnsupportedService',
    says: /headless Service cannot be one of several; mirror it by itself \(spec\.cluster\)/,
    limits: transports.flat.limits,
  },
  'takes one of several clusters that has a part of the ports': {
    view: { mirror: aMirror('m', ofClusters('paris', 'rome'), onlyPorts(80, 443)), ...seen(port(80)) },
    reason: undefined,
  },
  'refuses one of several clusters that has none of the ports': {
    view: { mirror: aMirror('m', ofClusters('paris', 'rome'), onlyPorts(443)), ...seen(port(80)) },
    reason: 'InvalidSpec',
    says: /no port 443/,
  },
  'refuses a cluster that names no Link': {
    view: { link: undefined },
    reason: 'LinkNotFound',
    says: /spec\.cluster.*"paris".*create it/,
  },
  'refuses a Link that is not sound, and says why': {
    view: { link: undefined, linkProblems: ['spec.gateway: no', 'spec.peer: no'] },
    reason: 'LinkNotFound',
    says: /Link "paris" cannot be used: spec\.gateway: no; spec\.peer: no$/,
  },
  'refuses a Link that only exports': {
    view: { link: aLink('paris', exportOnly) },
    reason: 'LinkNotFound',
    says: /spec\.credentialsSecretRef/,
  },
  'refuses a namespace that the Link does not select': {
    view: { link: aLink('paris', ownNamespace) },
    reason: 'NamespaceNotAllowed',
    says: /spec\.imports\.namespaces/,
  },
  'waits for a namespace that has not been seen, while the Link selects by label': {
    view: { link: aLink('paris', ownNamespace), namespace: undefined },
    reason: 'Pending',
    says: /namespace "default" has not been seen/,
  },
  'waits for it, too, where the Link selects what lacks a label': {
    view: { link: aLink('paris', notRestricted), namespace: undefined },
    reason: 'Pending',
  },
  'accepts a namespace that was seen to lack the label': {
    view: { link: aLink('paris', notRestricted) },
    reason: undefined,
  },
  'accepts a namespace that the Link selects': {
    view: { link: aLink('paris', ownNamespace), namespace: aNamespace('default', labelled({ team: 'a' })) },
    reason: undefined,
  },
  'refuses another remote namespace unless the Link maps any': {
    view: { mirror: aMirror('m', of('paris', 'shop/hello')) },
    reason: 'NamespaceNotAllowed',
    says: /spec\.service\.namespace.*"shop".*namespaceMapping/,
  },
  'refuses another remote namespace when the Link says Same': {
    view: { mirror: aMirror('m', of('paris', 'shop/hello')), link: aLink('paris', importing({})) },
    reason: 'NamespaceNotAllowed',
  },
  'accepts another remote namespace when the Link maps any': {
    view: {
      mirror: aMirror('m', of('paris', 'shop/hello')),
      link: aLink('paris', importing({ namespaceMapping: 'Any' })),
    },
    reason: undefined,
  },
  'refuses a remote namespace that the Link does not watch': {
    view: { link: aLink('paris', importing({ remoteNamespaces: ['shop'] })) },
    reason: 'NamespaceNotAllowed',
    says: /remoteNamespaces/,
  },
  'accepts a remote namespace that the Link watches': {
    view: { link: aLink('paris', importing({ remoteNamespaces: ['shop', 'default'] })) },
    reason: undefined,
  },
  'refuses a name that a Service of somebody else has': {
    view: { local: aService('hello', port(80)) },
    reason: 'NameConflict',
    says: /"hello".*delete or rename.*spec\.name/,
  },
  'says whose the Service in the way is': {
    view: { local: aService('hello', ownedBy(aMirror('other'))) },
    reason: 'NameConflict',
    says: /ServiceMirror "other"/,
  },
  'waits for a Service that is being deleted, whoever held the name': {
    view: {
      local: aService(
        'hello',
        ownedBy(aMirror('hello-mirror', metadata({ uid: 'an-earlier-one' }))),
        metadata({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/keep'] }),
      ),
    },
    reason: 'Pending',
    says: /^Service "hello" .* is being deleted, and is held by finalizer example\.com\/keep; the mirror makes its own/,
  },
  'accepts its own Service while that is being deleted': {
    view: {
      local: aService('hello', ownedBy(aMirror()), metadata({ deletionTimestamp: '2026-01-01T00:00:00Z' })),
      ...seen(port(80)),
    },
    reason: undefined,
  },
  'accepts the Service that it made itself': {
    view: { local: aService('hello', ownedBy(aMirror())), ...seen(port(80)) },
    reason: undefined,
  },
  'refuses a remote service of type ExternalName': {
    view: seen(serviceSpec({ type: 'ExternalName', externalName: 'example.com' })),
    reason: 'UnsupportedService',
    says: /ExternalName/,
  },
  'refuses a headless service without names of pods where the transport has no way for it': {
    view: {
      remote: {
        synced: true,
        service: aService('hello', headless, port(80)),
        slices: [aSlice('hello', endpoint('10.9.0.1'))],
      },
    },
    reason: 'UnsupportedService',
    says: /transport gateway.*transport flat/,
  },
  'accepts a headless service that has no pods': { view: seen(headless, port(80)), reason: undefined },
  'accepts a headless service over flat': {
    view: seen(headless, port(80)),
    limits: transports.flat.limits,
    reason: undefined,
  },
  'accepts a headless service without ports over flat': {
    view: seen(headless),
    limits: transports.flat.limits,
    reason: undefined,
  },
  'refuses a service of a family that this cluster gives no Service': {
    view: { ...seen(port(80)), absentFamilies: ['IPv6'] },
    limits: transports.flat.limits,
    families: ['IPv6'],
    reason: 'UnsupportedService',
    says: /^the remote service has only IPv6 addresses, and .* not configured .*; .*PreferDualStack.*transport gateway$/,
  },
  'refuses egress gateways of such a family': {
    view: { ...seen(port(80)), absentFamilies: ['IPv4'] },
    families: ['IPv4'],
    reason: 'UnsupportedService',
    says: /^the egress gateways have only IPv4 addresses/,
  },
  'accepts a service that has the other family, too': {
    view: { ...seen(port(80)), absentFamilies: ['IPv6'] },
    families: ['IPv6', 'IPv4'],
    reason: undefined,
  },
  'accepts a headless service of whatever family': {
    view: { ...seen(headless, port(80)), absentFamilies: ['IPv6'] },
    limits: transports.flat.limits,
    families: ['IPv6'],
    reason: undefined,
  },
  'refuses a service without ports': { view: seen(), reason: 'UnsupportedService', says: /no ports/ },
  'refuses ports that the remote service does not have, and lists those it has': {
    view: { mirror: aMirror('m', onlyPorts(443, 'web')), ...seen(port(80, { name: 'http' })) },
    reason: 'InvalidSpec',
    says: /spec\.ports.*443, "web"; it has 80 \("http"\)$/,
  },
  'says nothing of ports while the remote cluster cannot be seen': {
    view: { mirror: aMirror('m', onlyPorts(443)), ...blind },
    reason: undefined,
  },
  'waits for the Service of an earlier mirror of that name to go': {
    view: { local: aService('hello', ownedBy(aMirror('hello-mirror', metadata({ uid: 'earlier' })))) },
    reason: 'Pending',
    says: /earlier ServiceMirror "hello-mirror"/,
  },
  'refuses a mirror of a mirror': {
    view: seen(port(80), ownedBy(aMirror('theirs'))),
    reason: 'UnsupportedService',
    says: /itself a mirror \(of ServiceMirror "theirs" there\)/,
  },
  "refuses a mirror of one of Linkerd's": {
    view: seen(port(80), labelled({ 'mirror.linkerd.io/mirrored-service': 'true' })),
    reason: 'UnsupportedService',
    says: /itself a mirror of Linkerd's/,
  },
  'accepts a service that only carries our labels': {
    view: seen(port(80), labelled({ [keys.managedBy]: managedBy })),
    reason: undefined,
  },
  'refuses when no port can travel': {
    view: seen(port(53, { protocol: 'UDP' })),
    reason: 'UnsupportedProtocol',
    says: /TCP, not UDP; use transport flat/,
  },
  'accepts when one of the ports can travel': {
    view: seen(port(53, { protocol: 'UDP' }), port(80)),
    reason: undefined,
  },
  'refuses when none of the chosen ports can travel': {
    view: { mirror: aMirror('m', onlyPorts(53)), ...seen(port(53, { protocol: 'UDP' }), port(80)) },
    reason: 'UnsupportedProtocol',
  },
  'accepts UDP over flat': {
    view: seen(port(53, { protocol: 'UDP' })),
    limits: transports.flat.limits,
    reason: undefined,
  },
};

describe('objectionTo()', () => {
  for (const [sentence, { view: fields, limits = transports.gateway.limits, ...rest }] of Object.entries(
    cases,
  )) {
    const { families, reason, says } = rest;
    it(sentence, () => {
      const view = aView(fields);
      const notAccepted = whyNotAccepted({ view, source: sourceOf(view), limits, matches, families });
      assert.equal(notAccepted?.reason, reason, notAccepted?.message);
      if (says !== undefined) assert.match(notAccepted?.message ?? '', says);
    });
  }

  it('says first what a user would fix first', () => {
    const view = aView({ problems: ['spec: no'], link: undefined, local: aService() });
    assert.equal(whyNotAccepted({ view, source: sourceOf(view), matches })?.reason, 'InvalidSpec');
  });
});
