import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameFrom, nameTemplate } from './nametemplate.js';

const parts = { service: 'web', namespace: 'shop', cluster: 'paris' };

describe('nameFrom()', () => {
  const cases: Record<string, string> = {
    '{service}-{cluster}': 'web-paris',
    '{cluster}-{namespace}-{service}': 'paris-shop-web',
    '{service}': 'web',
    'x{service}{service}': 'xwebweb',
  };
  for (const [template, name] of Object.entries(cases))
    it(`makes ${name} of ${template}`, () => assert.equal(nameFrom(template, parts), name));

  it('takes no part for a template', () =>
    assert.equal(nameFrom('{service}-{cluster}', { ...parts, service: '{cluster}' }), '{cluster}-paris'));

  it('cuts a long name, and two long names do not become one', () => {
    const long = (end: string) =>
      nameFrom('{service}-{cluster}', { ...parts, service: 'a'.repeat(60) + end });
    assert.equal(long('x').length, 63);
    assert.match(long('x'), /^a+-[0-9a-f]{8}$/);
    assert.notEqual(long('x'), long('y'));
    assert.equal(long('x'), long('x'));
  });
});

describe('nameTemplate', () => {
  const isGood = (text: string) =>
    text.length <= nameTemplate.maxLength && nameTemplate.pattern.test(text) && nameTemplate.holds!(text);
  const cases: Record<string, boolean> = {
    '{service}': true,
    'paris-{namespace}-{service}': true,
    '{service}-{cluster}2': true,
    // all Services of a namespace would get one name
    '{cluster}': false,
    '': false,
    '-{service}': false,
    '1{service}': false,
    '{service}-': false,
    '{Service}': false,
    '{service}_x': false,
    '{service}{pod}': false,
    'a{service': false,
  };
  for (const [text, good] of Object.entries(cases))
    it(`${good ? 'takes' : 'refuses'} "${text}"`, () => assert.equal(isGood(text), good));
});
