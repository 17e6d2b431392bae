import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { podLabels } from '../api/names.js';
import { imageOf, labelsOf } from './install.js';
import { readInstall } from './settings.js';

const cases: Record<string, { prefix?: string; image: string }> = {
  'no prefix': { image: 'service-mirror/operator:1.2.3' },
  'an empty prefix': { prefix: '', image: 'service-mirror/operator:1.2.3' },
  'a registry': {
    prefix: 'registry.example.com',
    image: 'registry.example.com/service-mirror/operator:1.2.3',
  },
  'a prefix that ends in a slash': {
    prefix: 'example.com/a/',
    image: 'example.com/a/service-mirror/operator:1.2.3',
  },
};

suite('imageOf() takes', () => {
  for (const [what, { prefix, image }] of Object.entries(cases)) {
    test(what, () => assert.equal(imageOf('1.2.3', prefix), image));
  }
});

test('labelsOf() holds the labels that selectors use', () => {
  const labels = labelsOf('egress', readInstall({}, '1'));
  for (const [key, value] of Object.entries(podLabels('egress'))) assert.equal(labels[key], value);
});
