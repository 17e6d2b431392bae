/** Held by the conformance suite over real HAProxy (test/conformance/haproxy), which needs no stand-in. */
export const heldByConformance = new Set(
  [
    'certificates',
    'egress',
    'gateway',
    'identity',
    'implementation',
    'ingress',
    'lua',
    'render/bind',
    'render/common',
    'render/layout',
  ].map((name) => `src/gateway/haproxy/${name}.ts`),
);

/** Files without a test beside them, and where they are tested instead. */
export const testedElsewhere: Readonly<Record<string, string>> = {
  'src/cmd/main.ts': 'the process as a whole: e2e',
  'src/cmd/operator.ts': 'the operator as a process: e2e',
  'src/controllers/operator.ts': 'puts the parts together: e2e',
  'src/gateway/model.ts': 'types',
  'src/gateway/node/implementation.ts': 'a description: test/conformance',
  'src/gateway/tcp/secure.ts':
    'the handshake of all who dial: src/gateway/node/dial.test.ts, test/conformance/impostor.test.ts',
  'src/protocol/peer.ts': 'types',
  'src/protocol/peerrequest.ts': 'the request of a probe: src/gateway/probe/peer.test.ts',
  'src/controllers/link/remote.ts': 'types',
  'src/exports/export.ts': 'types',
  'src/gateway/events.ts': 'types',
  'src/transport/transport.ts': 'types',
  'src/gateway/agent/countedslices.ts': 'follows the cluster: ingress-catalog.test.ts beside it',
  'src/gateway/agent/sources.ts': 'what both agents read: egress.test.ts and ingress.test.ts beside it',
  'src/api/objects.ts': 'types',
  'src/api/condition.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/metadataservices.ts': 'a list: src/net/target.test.ts',
  'src/api/link.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/linkgateway.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/linkscope.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/linkstatus.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/mirrorstatus.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/api/servicemirror.ts': 'a description: src/api/parse.test.ts, test/control/api',
  'src/chart/access.ts': 'a manifest: test/control/install',
  'src/chart/network.ts': 'a manifest: test/control/install',
  'src/chart/operator.ts': 'a manifest: test/control/install',
  'src/chart/pod.ts': 'parts of a manifest: test/control/install',
  'src/chart/roles.ts': 'a manifest: test/control/install',
  'src/chart/workload.ts': 'a manifest: test/control/install',
};
