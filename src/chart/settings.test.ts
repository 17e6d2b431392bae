import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { awsLcTag } from './install.js';
import { readInstall, type Environment } from './settings.js';

const digest = `sha256:${'0a'.repeat(32)}`;

test('readInstall() needs no variable', () => {
  const { image, gateways, service } = readInstall({}, '1.2.3');
  assert.equal(image, 'service-mirror/operator:1.2.3');
  assert.deepEqual(gateways, {
    implementation: 'haproxy',
    haproxyImage: 'haproxy:3.0.11',
    leaveSeconds: 60,
    drainSeconds: 30,
    proxyProtocolFrom: [],
  });
  assert.deepEqual(service, {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Cluster',
    sourceRanges: [],
    externalIPs: [],
    annotations: {},
  });
});

test('readInstall() divides the Links only if it is told to', () => {
  assert.equal(readInstall({}, '1').shares, 1);
  assert.equal(readInstall({ OPERATOR_SHARES: '3' }, '1').shares, 3);
});

test('readInstall() takes the ports of an API server', () => {
  assert.deepEqual(readInstall({}, '1').apiServerPorts, [443, 6443]);
  assert.deepEqual(readInstall({ API_SERVER_PORTS: '8443, 16443' }, '1').apiServerPorts, [8443, 16443]);
});

test('readInstall() puts the registry in front of our build of HAProxy, and not of the official image', () => {
  const prefix = { IMAGE_PREFIX: 'registry.example.com' };
  const { haproxyImage } = readInstall({ ...prefix, HAPROXY_BUILD: 'aws-lc' }, '1').gateways;
  assert.equal(haproxyImage, `registry.example.com/service-mirror/haproxy-aws-lc:${awsLcTag}`);
  assert.equal(readInstall(prefix, '1').gateways.haproxyImage, 'haproxy:3.0.11');
});

test('readInstall() takes an image of our own by digest, whole', () => {
  const whole = `registry.example.com/mirror@${digest}`;
  assert.equal(readInstall({ OPERATOR_IMAGE: whole }, '1').image, whole);
});

suite('readInstall() takes', () => {
  const gateways: Record<string, [env: Environment, found: object]> = {
    'Node gateways': [{ GATEWAY_IMPLEMENTATION: 'node' }, { implementation: 'node' }],
    'an empty variable as none': [{ GATEWAY_IMPLEMENTATION: '' }, { implementation: 'haproxy' }],
    'an image of a registry of its own': [
      { HAPROXY_IMAGE: 'registry.example.com:5000/base/haproxy:3.2-alpine' },
      { haproxyImage: 'registry.example.com:5000/base/haproxy:3.2-alpine' },
    ],
    'a digest': [{ HAPROXY_IMAGE: `haproxy@${digest}` }, { haproxyImage: `haproxy@${digest}` }],
    'a tag with a digest': [
      { HAPROXY_IMAGE: `haproxy:3.0@${digest}` },
      { haproxyImage: `haproxy:3.0@${digest}` },
    ],
    'our build on AWS-LC': [
      { HAPROXY_BUILD: 'aws-lc' },
      { haproxyImage: `service-mirror/haproxy-aws-lc:${awsLcTag}` },
    ],
    'longer times': [
      { LEAVE_TIMEOUT: '45s', DRAIN_TIMEOUT: '15m' },
      { leaveSeconds: 45, drainSeconds: 900 },
    ],
    'a cap of connections': [{ MAX_CONNECTIONS: '2000' }, { maxConnections: 2_000 }],
    'proxies of both families': [
      { PROXY_PROTOCOL_FROM: '10.0.0.0/8, 2001:db8::/32' },
      { proxyProtocolFrom: ['10.0.0.0/8', '2001:db8::/32'] },
    ],
  };
  for (const [what, [env, found]] of Object.entries(gateways)) {
    test(what, () => {
      const plain = readInstall({}, '1').gateways;
      assert.deepEqual(readInstall(env, '1').gateways, { ...plain, ...found });
    });
  }

  const services: Record<string, [env: Environment, found: object]> = {
    'a NodePort that keeps the client address': [
      { INGRESS_SERVICE_TYPE: 'NodePort', INGRESS_TRAFFIC_POLICY: 'Local' },
      { type: 'NodePort', externalTrafficPolicy: 'Local' },
    ],
    'source ranges': [
      { INGRESS_SOURCE_RANGES: '192.0.2.0/24,198.51.100.7/32' },
      { sourceRanges: ['192.0.2.0/24', '198.51.100.7/32'] },
    ],
    'external addresses': [
      { INGRESS_SERVICE_TYPE: 'ClusterIP', INGRESS_EXTERNAL_IPS: '192.0.2.1,2001:db8::1' },
      { type: 'ClusterIP', externalIPs: ['192.0.2.1', '2001:db8::1'] },
    ],
    annotations: [
      { INGRESS_ANNOTATIONS: '{"example.com/internal": "true"}' },
      { annotations: { 'example.com/internal': 'true' } },
    ],
  };
  for (const [what, [env, found]] of Object.entries(services)) {
    test(what, () => {
      const plain = readInstall({}, '1').service;
      assert.deepEqual(readInstall(env, '1').service, { ...plain, ...found });
    });
  }
});

suite('readInstall() refuses, and names the variable:', () => {
  const cases: Record<string, [env: Environment, says: RegExp]> = {
    'an unknown implementation': [
      { GATEWAY_IMPLEMENTATION: 'envoy' },
      /^GATEWAY_IMPLEMENTATION: "envoy" is not one of haproxy, node$/,
    ],
    'an image that is too old': [
      { HAPROXY_IMAGE: 'registry.example.com/haproxy:3.0.10' },
      /^HAPROXY_IMAGE: ".*" is too old; choose HAProxy 3\.0\.11/,
    ],
    'both an image and a prefix of one': [
      { IMAGE_PREFIX: 'example.com', OPERATOR_IMAGE: 'example.com/mirror:1' },
      /^OPERATOR_IMAGE: .*IMAGE_PREFIX/,
    ],
    'a registry with a scheme': [
      { IMAGE_PREFIX: 'https://registry.example.com' },
      /^IMAGE_PREFIX: ".*" is not a registry/,
    ],
    'an annotation key with a space': [
      { INGRESS_ANNOTATIONS: '{"example.com/in ternal": "true"}' },
      /^INGRESS_ANNOTATIONS: .*annotation keys/,
    ],
    'another image beside our build': [
      { HAPROXY_BUILD: 'aws-lc', HAPROXY_IMAGE: 'haproxy:3.0.12' },
      /^HAPROXY_IMAGE: .*HAPROXY_BUILD/,
    ],
    'more shares than there are Leases': [
      { OPERATOR_SHARES: '9' },
      /^OPERATOR_SHARES: "9" is not a number from 1 to 8/,
    ],
    'a choice that is none': [
      { CREATE_NAMESPACES: 'yes' },
      /^CREATE_NAMESPACES: "yes" is not one of false, true/,
    ],
    'an unknown build': [{ HAPROXY_BUILD: 'aws' }, /^HAPROXY_BUILD: "aws" is not one of stock, aws-lc/],
    'an image with a space': [{ HAPROXY_IMAGE: 'haproxy 3.0' }, /^HAPROXY_IMAGE: .*haproxy:3\.0/],
    'a digest that is too short': [{ HAPROXY_IMAGE: 'haproxy@sha256:12' }, /^HAPROXY_IMAGE: .*64 hex/],
    'a time without a unit': [{ DRAIN_TIMEOUT: '30' }, /^DRAIN_TIMEOUT: "30" is not a duration like 30s/],
    'a label without a value': [
      { MIRROR_NAMESPACES: 'mirrors' },
      /^MIRROR_NAMESPACES: "mirrors" is not labels like mirrors=allowed/,
    ],
    'a port that is none': [
      { API_SERVER_PORTS: '443,70000' },
      /^API_SERVER_PORTS: "70000" is not port numbers/,
    ],
    'a range without a length': [{ PROXY_PROTOCOL_FROM: '10.0.0.1' }, /^PROXY_PROTOCOL_FROM: "10\.0\.0\.1"/],
    'no connections at all': [
      { MAX_CONNECTIONS: '0' },
      /^MAX_CONNECTIONS: "0" is not a number of at least 1/,
    ],
    'a range that is too long': [{ INGRESS_SOURCE_RANGES: '10.0.0.0/33' }, /^INGRESS_SOURCE_RANGES: /],
    'an unknown type of Service': [{ INGRESS_SERVICE_TYPE: 'ExternalName' }, /^INGRESS_SERVICE_TYPE: /],
    'a host name for an address': [
      { INGRESS_EXTERNAL_IPS: 'gateway.example.com' },
      /^INGRESS_EXTERNAL_IPS: /,
    ],
    'annotations that are no JSON': [{ INGRESS_ANNOTATIONS: 'a=b' }, /^INGRESS_ANNOTATIONS: "a=b" .*JSON/],
    'an annotation that is no text': [{ INGRESS_ANNOTATIONS: '{"a": true}' }, /^INGRESS_ANNOTATIONS: /],
    'source ranges without a load balancer': [
      { INGRESS_SERVICE_TYPE: 'NodePort', INGRESS_SOURCE_RANGES: '10.0.0.0/8' },
      /^INGRESS_SOURCE_RANGES: only .* LoadBalancer/,
    ],
    'a traffic policy where there is none': [
      { INGRESS_SERVICE_TYPE: 'ClusterIP', INGRESS_TRAFFIC_POLICY: 'Local' },
      /^INGRESS_TRAFFIC_POLICY: .*ClusterIP/,
    ],
  };
  for (const [what, [env, says]] of Object.entries(cases)) {
    test(what, () => assert.throws(() => readInstall(env, '1'), { message: says }));
  }
});
