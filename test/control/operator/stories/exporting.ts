import assert from 'node:assert/strict';
import { test } from 'node:test';
import { links, services } from '../../../../src/api/resources.js';
import { aLink, aService, exportOnly, labelled, port, serviceSpec, spec } from '../../../gen/gen.js';
import { other, paris, pin } from '../../../gen/peering.js';
import { eventually } from '../../../driver/eventually.js';
import type { OperatorClusters } from '../clusters.js';

/** What London exports, and what of it London's own people have to mend. */
export function exporting(clusters: () => OperatorClusters): void {
  const column = async (link: string, name: string) => {
    const [header = '', line = ''] = (await clusters().london.kubectl('get', 'smlink', link)).split('\n');
    const at = header.indexOf(name);
    return line.slice(at, header.length).split(' ')[0];
  };

  test('an export that cannot be served has an Event, and the Link counts it until it is mended', async () => {
    const { london } = await clusters().namespace('exporting');
    const exported = { matchLabels: { export: 'exporting' } };
    await clusters().london.own.applies(
      aLink(
        'exporting',
        exportOnly,
        pin(paris.authority.ca),
        spec({ exports: { services: exported, allowSelectorless: false } }),
      ),
    );
    const marked = labelled({ export: 'exporting' });
    const selecting = serviceSpec({ selector: { app: 'hello' } });
    await london.applies(
      aService('good', port(80), marked, selecting),
      aService('bare', port(80), marked, serviceSpec({ selector: null })),
      aService('headless', port(80), marked, serviceSpec({ clusterIP: 'None', selector: null })),
    );
    const says = (display: string) =>
      eventually(async () => assert.equal(await column('exporting', 'EXPORTS'), display));
    await says('1/3');
    const bare = await london.service('bare');
    await eventually(async () => {
      assert.deepEqual(await london.events(bare), ['SelectorlessNotAllowed']);
      assert.deepEqual(await london.events(await london.service('headless')), ['UnsupportedService']);
      assert.deepEqual(await london.events(await london.service('good')), []);
    });
    const described = await clusters().london.kubectl(
      'describe',
      'service',
      'bare',
      '--namespace',
      'exporting',
    );
    assert.match(described, /Warning +SelectorlessNotAllowed .*allowSelectorless in Link exporting/);

    await london.edits(services, 'bare', { spec: { selector: { app: 'hello' } } });
    await says('2/3');
    await london.deletes(services, 'headless');
    await says('2/2');
    assert.deepEqual(await london.events(bare), ['SelectorlessNotAllowed']);
    const { status } = await clusters().london.own.get(links, 'exporting');
    assert.deepEqual(status?.exports, { services: 2, refused: 0, display: '2/2' });

    await clusters().london.own.edits(links, 'exporting', { spec: { exports: null } });
    await says('');
  });

  test('a Link that exports all does not count what the API server calls', async () => {
    const { london } = await clusters().namespace('exportingall', { exports: 'all' });
    await london.applies(aService('good', port(80)), aService('webhook', port(443)));
    const namespaces = { matchLabels: { exports: 'all' } };
    await clusters().london.own.applies(
      aLink(
        'exportingall',
        exportOnly,
        pin(other.authority.ca, 'other'),
        spec({ exports: { all: true, namespaces, allowSelectorless: true } }),
      ),
    );
    const says = (display: string) =>
      eventually(async () => assert.equal(await column('exportingall', 'EXPORTS'), display));
    await says('2/2');
    const hook = {
      ...{ name: 'hook.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'] },
      ...{ failurePolicy: 'Ignore', rules: [] },
      clientConfig: { service: { namespace: 'exportingall', name: 'webhook' } },
    };
    await clusters().london.kubectl.apply(
      JSON.stringify({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'exportingall' },
        webhooks: [hook],
      }),
    );
    await says('1/1');
  });
}
