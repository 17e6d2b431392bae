import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { links, serviceMirrors } from '../../../../src/api/resources.js';
import { root } from '../../../../tools/clusters/paths.js';
import { aLink, aMirror, aService, aSlice, endpoint, port } from '../../../gen/gen.js';
import { messageOf } from '../../../driver/conditions.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** Specs that today's schema refuses, and what the operator says of them. */
const oldSpecs: Readonly<Record<string, { spec: unknown; says: RegExp }>> = {
  'without a service': { spec: { cluster: 'paris' }, says: /spec\.service\.name: / },
  'without anything': { spec: {}, says: /spec\.cluster: / },
  'with a service that is no object': {
    spec: { cluster: 'paris', service: 'hello' },
    says: /spec\.service\.name: /,
  },
  'with the name of a cluster that is none': {
    spec: { cluster: 'Paris_1', service: { name: 'hello' } },
    says: /spec\.cluster: write the name of a Link/,
  },
  'with a port that is none': {
    spec: { cluster: 'paris', service: { name: 'hello' }, ports: [0] },
    says: /spec\.ports: /,
  },
};

/** Objects that were stored under an older, laxer CRD. Nothing else may run beside. */
export function oldObjects(clusters: () => OperatorClusters): void {
  test('an object that today’s schema refuses says what is wrong, and disturbs no other', async () => {
    const { london, paris } = await clusters().namespace('old');
    const { kubectl } = clusters().london;
    await paris.applies(aService('hello', port(80)), aSlice('hello', endpoint('10.9.0.1')));
    const lax = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
    const path = '/spec/versions/0/schema/openAPIV3Schema';
    const loosen = JSON.stringify([{ op: 'replace', path, value: lax }]);
    for (const name of ['servicemirrors.linkerd.io', 'links.linkerd.io'])
      await kubectl('patch', 'crd', name, '--type=json', '-p', loosen);

    const names = Object.keys(oldSpecs).map((_, index) => `old-${index}`);
    await eventually(async () => {
      for (const [index, { spec }] of Object.values(oldSpecs).entries())
        await london.applies({ ...aMirror(`old-${index}`), spec } as never);
      await london.applies({ ...aLink('old'), spec: { transport: 'carrier pigeon' } } as never);
      await london.applies({ ...aLink('older'), spec: undefined } as never);
    });
    await kubectl('apply', '-f', join(root, 'crds'));
    await eventually(() => assert.rejects(london.applies({ ...aMirror('new'), spec: {} } as never)));

    for (const [index, { says }] of Object.values(oldSpecs).entries()) {
      const mirror = await london.mirrorSays(
        `old-${index}`,
        'Accepted=False/InvalidSpec',
        'Ready=False/InvalidSpec',
      );
      assert.match(messageOf(mirror), says);
    }
    const link = await london.linkSays('old', 'Connected=False/InvalidSpec', 'Ready=False/InvalidSpec');
    assert.match(messageOf(link, 'Connected'), /spec\.transport: write one of gateway, linkerd, flat/);
    await london.linkSays('older', 'Connected=False/InvalidSpec');

    await london.applies(aMirror('hello-mirror'));
    await london.mirrorSays('hello-mirror', 'Ready=True');
    await london.deletes(serviceMirrors, ...names);
    await london.deletes(links, 'old', 'older');
  });
}
