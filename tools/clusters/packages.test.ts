import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingPackages, packages } from './packages.js';

test('missingPackages() asks for what is not there', () => {
  const without = (...names: string[]) => new Set(packages.filter((name) => !names.includes(name)));
  assert.deepEqual(missingPackages(without()), []);
  assert.deepEqual(missingPackages(without('conntrack', 'curl')), ['conntrack', 'curl']);
});

test("missingPackages() takes Docker's containerd for Debian's, which it conflicts with", () => {
  const installed = packages.filter((name) => name !== 'containerd' && name !== 'runc');
  assert.deepEqual(missingPackages(new Set([...installed, 'containerd.io'])), []);
});
