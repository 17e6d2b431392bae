import { keys } from '../../src/api/names.js';
import type { KubeObject, Service } from '../../src/api/objects.js';
import type { ServiceMirror } from '../../src/api/servicemirror.js';
import { annotated, labelled, metadata, named } from './changes.js';
import { aMirror, aService, frozen, type Change } from './objects.js';

/** What Linkerd's service mirror writes into the metadata of a mirror of `hello` in cluster `paris`. */
export const linkerdMetadata: Change<KubeObject> = (draft) => {
  labelled({ app: 'hello', [keys.mirroredService]: 'true', [keys.clusterName]: 'paris' })(draft);
  annotated({
    note: 'x',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
    'mirror.linkerd.io/remote-resource-version': '7',
    [keys.remoteFqName]: 'hello.default.svc.cluster.local',
  })(draft);
};

/** A Service as Linkerd's service mirror has made it, without a selector. */
export function aLinkerdService(...changes: Change<Service>[]): Service {
  const bare: Change<Service> = ({ spec }) => {
    delete spec.selector;
    spec.clusterIP = '10.96.7.7';
    spec.ports = [{ port: 80, protocol: 'TCP' }];
  };
  return aService('hello-paris', metadata({ uid: 'uid-linkerds' }), bare, linkerdMetadata, ...changes);
}

/** The Endpoints that Linkerd's service mirror has made beside that Service. */
export function someLinkerdEndpoints(...changes: Change<KubeObject>[]): KubeObject {
  const { metadata: meta } = aLinkerdService();
  const draft = structuredClone({
    ...{ apiVersion: 'v1', kind: 'Endpoints' },
    metadata: { ...meta, uid: 'uid-endpoints' },
    subsets: [{ addresses: [{ ip: '203.0.113.7' }], ports: [{ port: 4143 }] }],
  });
  for (const change of changes) change(draft);
  return frozen(draft);
}

/** A mirror under the name of that Service, which is to take it over. */
export function anAdopter(...changes: Change<ServiceMirror>[]): ServiceMirror {
  return aMirror(
    'hello-mirror',
    named('hello-paris'),
    annotated({ [keys.adoptService]: 'uid-linkerds' }),
    ...changes,
  );
}
