import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exported, linkerd, usual, type Fields } from '../../test/gen/linkerd.js';
import { translateLink } from './translate.js';

const probe = (fields: Fields): Fields => ({ probeSpec: { ...(usual['probeSpec'] as Fields), ...fields } });

/** Each mistake, the field that the problem has to name, and the fix. */
const mistakes: Readonly<Record<string, readonly [object: unknown, field: string, fix: RegExp]>> = {
  'no object': [7, 'apiVersion, kind', /multicluster.linkerd.io\/v1alpha3/],
  'a list': [[], 'apiVersion, kind', /write a Link of Linkerd's/],
  'a Link of ours': [{ ...linkerd(), apiVersion: 'linkerd.io/v1alpha1' }, 'apiVersion, kind', /Linkerd's/],
  'a version to come': [
    { ...linkerd(), apiVersion: 'multicluster.linkerd.io/v1' },
    'apiVersion, kind',
    /v1alpha1/,
  ],
  'another kind': [{ ...linkerd(), kind: 'Service' }, 'apiVersion, kind', /Link/],
  'no name': [linkerd({}, 'v1alpha3', { name: '' }), 'metadata.name', /write the name/],
  'no spec': [{ ...linkerd(), spec: null }, 'spec', /write an object/],
  'no cluster': [linkerd({ targetClusterName: '' }), 'spec.targetClusterName', /as in 'paris'/],
  'a cluster with which no Service can be named': [
    linkerd({ targetClusterName: 'Paris.eu' }),
    'spec.targetClusterName',
    /lower-case/,
  ],
  'a domain that is none': [
    linkerd({ targetClusterDomain: 'a b' }),
    'spec.targetClusterDomain',
    /write a DNS domain/,
  ],
  'an address that is none': [
    linkerd({ gatewayAddress: '203.0.113.7,https://x' }),
    'spec.gatewayAddress[1].host',
    /without scheme/,
  ],
  'more addresses than a Link may have': [
    linkerd({ gatewayAddress: Array.from({ length: 17 }, (_, at) => `a${at}`).join(',') }),
    'spec.gatewayAddress',
    /1 to 16/,
  ],
  'a port that is none': [linkerd({ gatewayPort: 'https' }), 'spec.gatewayPort', /whole number/],
  'a gateway without identity': [
    linkerd({ gatewayIdentity: undefined }),
    'spec.gatewayIdentity',
    /annotation mirror.linkerd.io\/gateway-identity/,
  ],
  'an identity that is none': [
    linkerd({ gatewayIdentity: 'A_B' }),
    'spec.gatewayIdentity',
    /Linkerd identity/,
  ],
  'a path that is none': [linkerd(probe({ path: 'ready' })), 'spec.probeSpec.path', /begins with '\/'/],
  'a period that is none': [linkerd(probe({ period: 'soon' })), 'spec.probeSpec.period', /as in 500ms/],
  'a threshold that is none': [
    linkerd(probe({ failureThreshold: 'few' })),
    'spec.probeSpec.failureThreshold',
    /whole number/,
  ],
  'a probe that is a text': [linkerd({ probeSpec: '3s' }), 'spec.probeSpec', /write an object/],
  'a selector that is a text': [linkerd({ selector: 'a=b' }), 'spec.selector', /write only matchLabels/],
  'a selector with a misspelt part': [
    linkerd({ selector: { ...exported, matchExpression: [] } }),
    'spec.selector',
    /write only matchLabels, matchExpressions/,
  ],
  'a requirement with a misspelt part': [
    linkerd({ selector: { matchExpressions: [{ key: 'a', operator: 'In', value: ['b'] }] } }),
    'spec.selector.matchExpressions[0]',
    /write only key, operator, values/,
  ],
  'an operator that is none': [
    linkerd({ remoteDiscoverySelector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } }),
    'spec.remoteDiscoverySelector.matchExpressions[0].operator',
    /In, NotIn/,
  ],
  'a label that is none': [
    linkerd({ federatedServiceSelector: { matchLabels: { 'a b': 'c' } } }),
    'spec.federatedServiceSelector.matchLabels',
    /label keys/,
  ],
  'an excluded key that is none': [
    linkerd({ excludedLabels: ['a', '*'] }),
    'spec.excludedLabels',
    /write one key/,
  ],
  'excluded keys that are a text': [
    linkerd({ excludedAnnotations: 'a' }),
    'spec.excludedAnnotations',
    /list/,
  ],
  'a text of many lines': [linkerd({ gatewayIdentity: 'a\nb' }), 'spec.gatewayIdentity', /control/],
  'a text without end': [
    linkerd({ clusterCredentialsSecret: 'x'.repeat(5_000) }),
    'spec.clusterCredentialsSecret',
    /at most 4352/,
  ],
};

suite('translateLink() refuses', () => {
  for (const [what, [object, field, fix]] of Object.entries(mistakes))
    test(what, () => {
      const translated = translateLink(object);
      assert.ok(!translated.ok);
      const [problem = '', ...others] = translated.problems;
      assert.deepEqual(others, [], 'one mistake, one problem');
      assert.ok(problem.startsWith(field), problem);
      assert.match(problem, fix);
    });
});

test('translateLink() fails on no value of any field', () => {
  const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) as unknown;
  const values = [
    null,
    0,
    -1,
    1e300,
    true,
    '',
    ' ',
    '\u0000',
    {},
    [],
    [null],
    [[]],
    { a: null },
    deep,
    Symbol('x'),
  ];
  const fields = [...Object.keys(usual), 'targetClusterLinkerdNamespace', 'remoteDiscoverySelector'];
  fields.push('federatedServiceSelector', 'excludedLabels', 'excludedAnnotations', '__proto__');
  for (const field of fields)
    for (const value of values) {
      translateLink(linkerd({ [field]: value }));
      translateLink(linkerd({ [field]: { matchLabels: value } }));
      translateLink(
        linkerd({ [field]: { matchExpressions: [{ key: value, operator: value, values: value }] } }),
      );
      translateLink({ ...linkerd(), metadata: { name: value, labels: value } });
    }
});
