import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolOf } from './protocol.js';

const bar = { name: 'bar', namespace: 'default' };

function ask(annotation: string | undefined, appProtocol: string | undefined) {
  const metadata = {
    ...bar,
    ...(annotation !== undefined && { annotations: { 'linkerd.io/export-protocol': annotation } }),
  };
  return protocolOf({ metadata }, { port: 80, ...(appProtocol !== undefined && { appProtocol }) });
}

const cases: Readonly<Record<string, readonly [string | undefined, string | undefined, object]>> = {
  'without annotation, HTTP is bytes too': [undefined, 'http', { kind: 'tcp' }],
  'with both, requests are read and the host name is the own one': [
    'http',
    'http',
    { kind: 'http', host: bar },
  ],
  'the host name can be kept': ['http-keep-host', 'http', { kind: 'http' }],
  'HTTP/2 without TLS is HTTP': ['http', 'kubernetes.io/h2c', { kind: 'http', host: bar }],
  'WebSocket is HTTP': ['http', 'kubernetes.io/ws', { kind: 'http', host: bar }],
  'the protocol knows no case': ['http', 'HTTP', { kind: 'http', host: bar }],
  'a port that says that it is something else is bytes': ['http', 'postgresql', { kind: 'tcp' }],
};
for (const [title, [annotation, appProtocol, protocol]] of Object.entries(cases)) {
  test(`protocolOf(): ${title}`, () => assert.deepEqual(ask(annotation, appProtocol), protocol));
}

const wrong: Readonly<Record<string, readonly [string, string | undefined, RegExp]>> = {
  'a port that does not say what it speaks': [
    'http',
    undefined,
    /port 80 has no appProtocol; set it to http/,
  ],
  'a value that it does not know': ['htpp', 'http', /"htpp"; write http or http-keep-host/],
};
for (const [title, [annotation, appProtocol, message]] of Object.entries(wrong)) {
  test(`protocolOf() refuses ${title}`, () => {
    const answer = ask(annotation, appProtocol);
    assert.ok('problem' in answer);
    assert.match(answer.problem, message);
  });
}

test('protocolOf(): the own host name of a pod of a headless service', () => {
  const metadata = { ...bar, annotations: { 'linkerd.io/export-protocol': 'http' } };
  assert.deepEqual(protocolOf({ metadata }, { port: 80, appProtocol: 'http' }, 'bar-0'), {
    ...{ kind: 'http', host: { name: 'bar-0.bar', namespace: 'default' } },
  });
});
