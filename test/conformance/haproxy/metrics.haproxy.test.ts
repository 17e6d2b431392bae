import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ownNames } from '../../../src/api/names.js';
import { configMaps, secrets } from '../../../src/api/resources.js';
import { runGateway } from '../../../src/cmd/gateway.js';
import { uncounted } from '../../../src/gateway/events.js';
import { withHaproxy } from '../../../src/gateway/haproxy/implementation.js';
import { encodeIdentity } from '../../../src/protocol/identity.js';
import { silent } from '../../../src/runtime/log.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { eventually } from '../../driver/eventually.js';
import { startFakeApi } from '../../fakeapi/fakeapi.js';
import { aConfigMap, aSecret } from '../../gen/gen.js';
import { aCluster } from '../../gen/pki.js';
import { tryTls, visit } from '../client.js';
import { freePort } from '../ports.js';
import { aPeer, londonLink } from '../gatewaypair.js';
import { tied } from './subject.js';
import { startHaproxyPair } from './haproxypair.js';

describe('what a gateway with HAProxy counts', { timeout: 60_000 }, () => {
  test('can be read from its /metrics', async (t) => {
    const { program } = await ensureHaproxy(quiet);
    const [api, folder] = await Promise.all([startFakeApi(), mkdtemp(join(tmpdir(), 'gateway-'))]);
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, api.kubeconfig);
    const { ingress, authority } = await aCluster('london');
    const leaf = { 'tls.crt': ingress.cert, 'tls.key': ingress.key, 'ca.crt': ingress.ca };
    api.put(secrets, aSecret(ownNames.ingressTls, leaf));
    const own = { cluster: 'london', uid: 'uid', caBundle: authority.ca, addresses: [] };
    api.put(configMaps, aConfigMap(ownNames.identity, encodeIdentity(own)));
    api.put(configMaps, aConfigMap(ownNames.peers, {}));

    const host = '127.0.0.1';
    const [port, health] = [await freePort(), await freePort()];
    const stop = new AbortController();
    const done = runGateway(
      {
        ...{ kubeconfig, namespace: 'service-mirror', role: 'ingress' },
        implementation: withHaproxy({ command: tied(program), directory: join(folder, 'shared') }),
        ...{ address: host, ports: { ingress: port }, metricsAddress: `${host}:${health}` },
        ...{ leaveMs: 0, drainMs: 0, log: silent },
      },
      stop.signal,
    );
    t.after(async () => {
      stop.abort();
      await done;
      await api.close();
      await rm(folder, { recursive: true });
    });
    const get = async (path: string) => (await fetch(`http://${host}:${health}${path}`)).text();
    await eventually(async () => assert.equal(await get('/readyz'), 'ok\n'), 30_000);
    // no certificate is shown
    await tryTls(port, { servername: 'x' });
    for (const line of [
      /^service_mirror_gateway_reloads_total 1$/m,
      /^service_mirror_gateway_map_entries\{map="grants"\} 0$/m,
      /^service_mirror_gateway_applied_seconds_count [1-9]/m,
      /^service_mirror_gateway_refused_total\{link="",reason="Handshake"\} 1$/m,
    ]) {
      await eventually(async () => assert.match(await get('/metrics'), line), 10_000);
    }
  });

  test('on the called side are targets of HTTP exports that cannot be reached', async () => {
    const refused: string[] = [];
    const events = { ...uncounted, refused: (reason: string) => void refused.push(reason) };
    await using pair = await startHaproxyPair({ ingress: { events } });
    const port = await pair.offer('any', await freePort(), [londonLink], { kind: 'http' });
    const http1 = await fetch(`http://127.0.0.1:${port}`);
    assert.equal(http1.status, 503);
    await eventually(() => assert.deepEqual(refused, ['TargetUnreachable']));
    const session = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => {});
    const [headers] = (await once(session.request({ ':path': '/' }), 'response')) as [
      Record<string, unknown>,
    ];
    assert.equal(headers[':status'], 503);
    session.destroy();
    await eventually(() => assert.deepEqual(refused, ['TargetUnreachable', 'TargetUnreachable']));
  });

  test('on the calling side are ports that lead nowhere, and peers that cannot be reached', async () => {
    const refused: string[] = [];
    const events = {
      refused: (reason: string, link = '') => void refused.push(`${reason} ${link}`),
      opened() {},
      closed() {},
      moved() {},
    };
    await using pair = await startHaproxyPair({ egress: { events } });
    const port = await pair.offer('any', await freePort());
    const dead = aPeer('cluster-a', 'paris', pair.paris.authority, await freePort());
    await pair.tellLondon({ peers: [dead] });
    await visit(port);
    await eventually(() => assert.deepEqual(refused, ['PeerUnreachable cluster-a']));
    await pair.tellLondon({ routes: [] });
    await visit(port);
    await eventually(() => assert.deepEqual(refused, ['PeerUnreachable cluster-a', 'NoPeer ']));
  });
});
