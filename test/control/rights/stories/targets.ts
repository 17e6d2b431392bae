import assert from 'node:assert/strict';
import { conditionOf } from '../../../../src/api/conditions.js';
import type { KubeObject } from '../../../../src/api/objects.js';
import { aMirror, aService, aSlice, endpoint, headless, of, port, serviceSpec } from '../../../gen/gen.js';
import type { ClusterDriver } from '../../../driver/cluster.js';
import type { NamespaceDriver } from '../../../driver/namespace.js';
import { asWritten, resourceOf } from '../../../driver/written.js';
import { gatewayAddresses } from '../../order/clusters.js';
import { callAs } from '../calling.js';
import { servicePort, type RightsStory } from '../story.js';
import { openStream, destinationOf } from '../../../driver/traffic.js';

/** Addresses of Paris's machines, where the backend listens as well. */
const node = gatewayAddresses.ingress[1];

/** Services of Paris that ask for something other than their own pods. */
const crooked = {
  bare: [aService('bare', serviceSpec({ selector: {} }), port(servicePort)), aSlice('bare', endpoint(node))],
  elsewhere: [
    aService(
      'elsewhere',
      ({ spec }) => {
        Object.assign(spec, { type: 'ExternalName', externalName: 'localhost' });
        delete (spec as { clusterIP?: string }).clusterIP;
        delete (spec as { selector?: object }).selector;
      },
      port(servicePort),
    ),
  ],
  headless: [aService('headless', headless, port(servicePort)), aSlice('headless', endpoint(node))],
} satisfies Record<string, readonly KubeObject[]>;

/** Objects that ask for other targets than ClusterIPs; the API server refuses some, the ingress gateway serves none. */
export async function targets({ clusters, tell }: RightsStory): Promise<void> {
  const { london, paris } = await clusters.namespace('targets');
  for (const address of ['127.0.0.1', '169.254.169.254']) {
    await refuses(paris, aSlice('refused', endpoint(address)), tell);
    await refuses(
      paris,
      aService('refused', serviceSpec({ externalIPs: [address] }), port(servicePort)),
      tell,
    );
  }
  await refuses(paris, aService('refused', port(servicePort)), tell, { clusterIP: node });

  for (const [name, objects] of Object.entries(crooked)) {
    await paris.applies(...objects);
    await london.creates(aMirror(name, of('paris', `targets/${name}`)));
  }
  // its endpoints and external addresses name a machine; what is dialled is its ClusterIP all the same
  await paris.applies(
    aService('hello', serviceSpec({ externalIPs: [node] }), port(servicePort)),
    aSlice('hello', endpoint(node)),
  );
  await london.creates(aMirror('hello', of('paris', 'targets/hello')));
  await london.within(60_000).mirrorSays('hello', 'EndpointsReady=True');
  const { clusterIP } = (await paris.service('hello')).spec;
  const hello = await openStream(await destinationOf(london, 'hello'));
  assert.equal(hello.said, clusterIP);
  hello.close();
  assert.equal(await reached(clusters.london, 'hello'), clusterIP);

  // the gateways have seen the others before that one
  for (const name of Object.keys(crooked)) {
    const mirror = await london.mirrorSays(name, 'EndpointsReady=False');
    await assert.rejects(reached(clusters.london, name), `${name} is served`);
    const { reason } = conditionOf(mirror, 'EndpointsReady') ?? {};
    tell(`${name}: ${reason}; its server name is refused`);
  }
}

/** @param also of its spec, as it is, which builders leave to the API server */
async function refuses(
  paris: NamespaceDriver,
  object: KubeObject & { spec?: object },
  tell: (line: string) => void,
  also: object = {},
): Promise<void> {
  const written = asWritten(object, paris.namespace);
  const asked =
    object.spec === undefined
      ? written
      : { ...written, spec: { ...(written as typeof object).spec, ...also } };
  await assert.rejects(paris.kube.create(resourceOf(object), asked), (error: Error) => {
    tell(`the API server: ${error.message}`);
    return /may not be in the|the provided network does not match/.test(error.message);
  });
}

/** The address that a call with London's own certificate reaches. */
async function reached(london: ClusterDriver, name: string): Promise<string> {
  const stream = await callAs(london, { namespace: 'targets', name });
  stream.close();
  return stream.said;
}
