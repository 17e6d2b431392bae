import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { invitationConditions, linkConditions, mirrorConditions } from '../api/conditions.js';
import { crdOf, definitions } from './crds.js';

const columns = Object.fromEntries(
  definitions.map(({ resource, columns }) => [resource.kind, columns.map(({ name }) => name.toUpperCase())]),
);

test('the columns say whether an object works, and if not, why', () => {
  assert.deepEqual(columns, {
    Link: [
      'TRANSPORT',
      'CONNECTED',
      'HEALTHY',
      'READY',
      'MIRRORS',
      'IMPORTS',
      'EXPORTS',
      'GATEWAY',
      'REASON',
      'AGE',
      'HELD',
      'MISSING',
      'MESSAGE',
    ],
    ServiceMirror: ['CLUSTER', 'REMOTE', 'SERVICE', 'READY', 'ENDPOINTS', 'REASON', 'AGE', 'MESSAGE'],
    Invitation: ['LINK', 'OPEN', 'READY', 'CLUSTER', 'REASON', 'EXPIRES', 'AGE', 'MESSAGE'],
  });
});

test('the columns read conditions that the operator writes', () => {
  const known: Record<string, readonly string[]> = {
    Link: linkConditions,
    ServiceMirror: mirrorConditions,
    Invitation: invitationConditions,
  };
  for (const { resource, columns } of definitions) {
    for (const { jsonPath } of columns) {
      const type = /@\.type=="(\w+)"/.exec(jsonPath)?.[1];
      if (type !== undefined) assert.ok(known[resource.kind]?.includes(type), `${resource.kind}: ${type}`);
    }
  }
});

suite('crdOf() names', () => {
  for (const definition of definitions) {
    const { kind, plural, namespaced } = definition.resource;
    test(kind, () => {
      const { metadata, spec } = crdOf(definition);
      assert.equal(metadata.name, `${plural}.linkerd.io`);
      assert.equal(spec.scope, namespaced ? 'Namespaced' : 'Cluster');
      assert.equal(spec.names.singular, kind.toLowerCase());
      assert.deepEqual(
        spec.versions.map(({ name, subresources }) => ({ name, subresources })),
        [{ name: 'v1alpha1', subresources: { status: {} } }],
      );
    });
  }
});
