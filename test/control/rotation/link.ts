import assert from 'node:assert/strict';
import { ownNames } from '../../../src/api/names.js';
import { configMaps, serviceMirrors } from '../../../src/api/resources.js';
import {
  aLink,
  aMirror,
  aNamespace,
  aSecret,
  aService,
  aSlice,
  endpoint,
  exportOnly,
  of,
  port,
  spec,
} from '../../gen/gen.js';
import { clusterClientOf } from '../../driver/namespace.js';
import { eventually } from '../../driver/eventually.js';
import { ownNamespace } from '../../driver/light.js';
import type { RotationCluster } from '../../driver/gateways.js';

const patience = 90_000;

/** Links both, mirrors one service of Paris in London, and gives back the port that leads there. */
export async function linkRotationClusters(
  london: RotationCluster,
  paris: RotationCluster,
  { ways, service }: { ways: 'one way' | 'two ways'; service: number },
): Promise<number> {
  const at = ({ host }: RotationCluster) => spec({ gateway: { addresses: [{ host, port: 4143 }] } });
  const exports = spec({ exports: { all: true, allowSelectorless: true } });
  await london.own.applies(
    aSecret('link-paris', { kubeconfig: await paris.site.access('peer-london') }),
    aLink('paris', at(paris)),
  );
  if (ways === 'two ways')
    await paris.own.applies(
      aSecret('link-london', { kubeconfig: await london.site.access('peer-london') }),
      aLink('london', at(london), exports, spec({ credentialsSecretRef: { name: 'link-london' } })),
    );
  else {
    const identity = await eventually(async () => {
      const { data } = await london.site.kube.get(configMaps, `${ownNamespace}/${ownNames.identity}`);
      assert.ok(data?.['ca.crt']);
      return data['ca.crt'];
    }, patience);
    const peer = { cluster: 'london', caBundle: identity };
    await paris.own.applies(aLink('london', exportOnly, exports, spec({ peer })));
  }
  const [there, here] = [paris, london].map(({ site }) => clusterClientOf(site.kube, 'shop'));
  await Promise.all([there!.applies(aNamespace('shop')), here!.applies(aNamespace('shop'))]);
  await there!.applies(aService('echo', port(service)), aSlice('echo', endpoint('10.7.0.1')));
  await here!.applies(aMirror('echo', of('paris', 'shop/echo')));
  return eventually(async () => {
    const { status } = await here!.get(serviceMirrors, 'echo');
    const gatewayPort = status?.ports?.[0]?.gatewayPort;
    assert.ok(gatewayPort !== undefined);
    return gatewayPort;
  }, patience);
}
