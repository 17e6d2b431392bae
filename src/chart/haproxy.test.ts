import assert from 'node:assert/strict';
import { dirname, join } from 'node:path/posix';
import { test } from 'node:test';
import { haproxyFolder } from '../api/names.js';
import { readCommand } from '../cmd/flags.js';
import { besideAgent } from './haproxy.js';
import { locked } from './pod.js';
import { readInstall } from './settings.js';

const image = `haproxy@sha256:${'0'.repeat(64)}`;
const { args, initContainers, volumes, volumeMounts } = besideAgent(
  readInstall({ HAPROXY_IMAGE: image }, '1.2.3'),
);
const [prepare, haproxy, ...more] = initContainers;

test('besideAgent() prepares the folder, and then starts HAProxy as a sidecar', () => {
  assert.deepEqual(more, []);
  assert.deepEqual([prepare?.restartPolicy, prepare?.image], [undefined, 'service-mirror/operator:1.2.3']);
  assert.deepEqual([haproxy?.restartPolicy, haproxy?.image], ['Always', image]);
});

test('besideAgent() speaks of one folder to the agent, to HAProxy and to who prepares it', () => {
  const { path, config, openssl } = haproxyFolder;
  const agent = readCommand(['gateway', '--role', 'egress', '--implementation', 'haproxy', ...args]);
  assert.ok(agent.role === 'gateway');
  assert.deepEqual(
    [agent.implementation, agent.own],
    ['haproxy', { haproxy: 'beside', 'haproxy-directory': path }],
  );
  assert.deepEqual(readCommand(prepare?.args ?? []), { role: 'prepare', directory: path });
  assert.deepEqual(haproxy?.command?.slice(-2), ['-f', join(path, config)]);
  assert.deepEqual(haproxy.env, [{ name: 'OPENSSL_CONF', value: join(path, openssl) }]);
});

test('besideAgent() shares a bounded folder that never reaches a disk, with containers that have no rights', () => {
  assert.equal(volumes[0]?.emptyDir?.medium, 'Memory');
  assert.equal(volumes[0].emptyDir.sizeLimit?.value, '64Mi');
  for (const container of initContainers) {
    assert.deepEqual(container.volumeMounts, volumeMounts);
    assert.deepEqual(container.securityContext, locked);
    assert.ok(container.resources?.limits?.['memory']);
  }
  assert.equal(volumeMounts[0]?.mountPath, dirname(haproxyFolder.path));
});
