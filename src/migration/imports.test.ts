import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  discovered,
  exported,
  imports,
  linkerd,
  linkOf,
  testCases,
  type Fields,
} from '../../test/gen/linkerd.js';

const selecting = (selector: unknown, more: Fields = {}): Fields => ({
  imports: { ...imports, selector, ...more },
});
const member = { matchLabels: { 'mirror.linkerd.io/federated': 'member' } };
const inOf = (key: string, ...values: string[]) => [{ key, operator: 'In', values }];

suite('translateLink() translates', () => {
  testCases({
    'a selector with expressions': {
      from: {
        selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }, ...inOf('env', 'a', 'b')] },
      },
      to: selecting({ matchExpressions: [{ key: 'team', operator: 'Exists' }, ...inOf('env', 'a', 'b')] }),
      remarks: ['spec.selector'],
    },
    'both ways of mirroring, as the CLI selects them': {
      from: { remoteDiscoverySelector: discovered },
      to: selecting({ matchExpressions: inOf('mirror.linkerd.io/exported', 'true', 'remote-discovery') }),
    },
    'both ways of mirroring, by other labels': {
      from: { remoteDiscoverySelector: { matchLabels: { flat: 'yes' } } },
      to: selecting(exported),
      remarks: ['spec.remoteDiscoverySelector', 'spec.remoteDiscoverySelector'],
    },
    'remote discovery alone': {
      from: { selector: undefined, remoteDiscoverySelector: discovered },
      to: selecting(discovered),
    },
    'remote discovery alone, by another label': {
      from: { selector: {}, remoteDiscoverySelector: { matchLabels: { flat: 'yes' } } },
      to: selecting({ matchLabels: { flat: 'yes' } }),
      remarks: ['spec.remoteDiscoverySelector'],
    },
    'federated services alone': {
      from: { selector: undefined, federatedServiceSelector: member },
      to: { imports: { selector: member, federated: { selector: member } } },
    },
    'federated services alone, without a gateway': {
      from: { gatewayAddress: '', selector: {}, federatedServiceSelector: member },
      to: {
        transport: 'gateway',
        gateway: undefined,
        imports: { selector: member, federated: { selector: member } },
      },
      remarks: ['spec.gatewayAddress'],
    },
    'federated services by another label than mirrored ones': {
      from: { federatedServiceSelector: member },
      to: selecting(exported, { federated: { selector: member } }),
      remarks: ['spec.federatedServiceSelector'],
    },
    'federated services by another value of the same label': {
      from: { federatedServiceSelector: { matchLabels: { 'mirror.linkerd.io/exported': 'all' } } },
      to: selecting(
        { matchExpressions: inOf('mirror.linkerd.io/exported', 'true', 'all') },
        { federated: { selector: { matchLabels: { 'mirror.linkerd.io/exported': 'all' } } } },
      ),
      remarks: ['spec.federatedServiceSelector'],
    },
    'federated services that are among the mirrored ones': {
      from: { federatedServiceSelector: { matchLabels: { ...exported.matchLabels, x: 'y' } } },
      to: selecting(exported, {
        federated: { selector: { matchLabels: { ...exported.matchLabels, x: 'y' } } },
      }),
    },
    'federated services that are none': { from: { federatedServiceSelector: {} }, to: {} },
    'federated services before Linkerd knew them': {
      from: { federatedServiceSelector: exported },
      to: {},
      remarks: ['spec.federatedServiceSelector'],
      version: 'v1alpha1',
    },
    'excluded keys': {
      from: { excludedLabels: ['team', 'a.b/*', 'team'], excludedAnnotations: ['c.d/e'] },
      to: selecting(exported, { excludedLabels: ['team', 'a.b/*'], excludedAnnotations: ['c.d/e'] }),
    },
    'excluded keys before Linkerd knew them': {
      from: { excludedLabels: ['team'], excludedAnnotations: ['c.d/e'] },
      to: {},
      remarks: ['spec.excludedLabels', 'spec.excludedAnnotations'],
      version: 'v1alpha2',
    },
    'no gateway: clients go to the pods, which here takes our gateways': {
      from: { gatewayAddress: '', selector: undefined, remoteDiscoverySelector: discovered },
      to: { transport: 'gateway', gateway: undefined, ...selecting(discovered) },
      remarks: ['spec.gatewayAddress'],
    },
  });
});

suite('translateLink() imports nothing where Linkerd selects nothing', () => {
  const nothing: Readonly<Record<string, Fields>> = {
    'no selector': { selector: undefined },
    'an empty selector': { selector: {} },
    'a selector whose parts are empty': { selector: { matchLabels: {}, matchExpressions: [] } },
    'a selector of null': { selector: null, remoteDiscoverySelector: null },
    'a selector that needs a gateway, and none': { gatewayAddress: ' , ' },
  };
  for (const [what, from] of Object.entries(nothing))
    test(what, () => {
      const { spec, said } = linkOf(linkerd(from));
      assert.deepEqual([spec['imports'], spec['credentialsSecretRef']], [undefined, undefined]);
      const remarks = said.filter(({ field }) => field === 'spec.selector').map(({ text }) => text);
      assert.match(remarks.join('\n'), /this Link imports nothing/);
    });
});
