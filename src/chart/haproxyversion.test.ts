import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { mayRun } from './haproxyversion.js';

suite('mayRun()', () => {
  const images: Record<string, boolean> = {
    'haproxy:3.0.11': true,
    'haproxy:3.0.12-alpine': true,
    'haproxy:3.0.10': false,
    'haproxy:3.0.10-bookworm': false,
    'haproxy:3.1.7': false,
    'haproxy:3.1.8': true,
    'haproxy:3.2.0': true,
    'haproxy:4.0.0': true,
    'haproxy:2.8.15': false,
    'haproxy:2.9': false,
    'haproxy:2': false,
    'haproxy:3.0': true,
    'haproxy:3': true,
    'haproxy:lts': true,
    haproxy: true,
    [`haproxy@sha256:${'0a'.repeat(32)}`]: true,
    [`haproxy:3.0.9@sha256:${'0a'.repeat(32)}`]: false,
    'registry.example.com:5000/haproxy:3.0.1': false,
    'registry.example.com:5000/haproxy': true,
    'haproxytech/haproxy-alpine:2.6': false,
    'service-mirror/haproxy-aws-lc:3.0.11-deb13u5-lc5.12.0': true,
    'service-mirror/haproxy-aws-lc:3.0.10-lc5.12.0': false,
    'registry.example.com/our-haproxy:1.4': true,
    'registry.example.com/haproxy/base:1.4': true,
  };
  for (const [image, may] of Object.entries(images)) {
    test(`${may ? 'takes' : 'refuses'} ${image}`, () => assert.equal(mayRun(image), may));
  }
});
