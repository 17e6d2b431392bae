import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseLink, type Unparsed } from '../api/parse.js';
import { translateText } from './text.js';

const link = (name: string, more = '') => `apiVersion: multicluster.linkerd.io/v1alpha3
kind: Link
metadata: {name: ${name}, namespace: linkerd-multicluster}
spec:
  targetClusterName: ${name}
  gatewayAddress: 203.0.113.7
  gatewayPort: "4143"
  gatewayIdentity: gateway.example
  probeSpec: {path: /ready, timeout: 2s}
  selector: {matchLabels: {mirror.linkerd.io/exported: "true"}}
${more}`;

function translated(text: string): string {
  const result = translateText(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.yaml;
}

function problems(text: string): readonly string[] {
  const result = translateText(text);
  assert.ok(!result.ok, 'was translated');
  return result.problems;
}

suite('translateText() reads', () => {
  const named = (text: string) =>
    parseAllDocuments(translated(text)).map((document) => {
      const parsed = parseLink(document.toJS() as Unparsed);
      assert.ok(parsed.ok, 'ours is not sound');
      return parsed.link.metadata.name;
    });
  test('one Link', () => assert.deepEqual(named(link('paris')), ['paris']));
  test('several documents, empty ones too', () =>
    assert.deepEqual(named(`---\n${link('paris')}---\n---\n${link('lyon')}`), ['paris', 'lyon']));
  test('a list as kubectl prints it, in JSON', () => {
    const items = [link('paris'), link('lyon')].map((text) => parseAllDocuments(text)[0]?.toJS() as unknown);
    assert.deepEqual(named(JSON.stringify({ kind: 'List', items })), ['paris', 'lyon']);
  });
});

test('translateText() writes each remark above its Link', () => {
  const yaml = translated(
    link('paris', '  targetClusterLinkerdNamespace: linkerd\n  targetClusterDomain: a.b\n'),
  );
  const [first, second] = yaml.split('\n');
  assert.match(first ?? '', /^# spec\.targetClusterLinkerdNamespace: /);
  assert.match(second ?? '', /^# spec\.clusterCredentialsSecret: /);
  assert.match(yaml, /^apiVersion: linkerd.io\/v1alpha1$/m);
});

test('translateText() lets no foreign text out of its comment', () => {
  const yaml = translated(
    link('paris', '  "x\\n  evil: yes": 1\n  clusterCredentialsSecret: "a\\"\\u2028b"\n'),
  );
  assert.equal(parseAllDocuments(yaml).length, 1);
  assert.ok(!/^\s*evil/m.test(yaml), yaml);
});

suite('translateText() refuses', () => {
  const wrong: Readonly<Record<string, readonly [text: string, says: RegExp]>> = {
    'no text': ['', /0 Links: write 1 to 256/],
    'what is no YAML': ['a: [', /is not YAML: write what kubectl get links.multicluster.linkerd.io/],
    'an empty list': ['{kind: List, items: []}', /0 Links/],
    'too many Links': [JSON.stringify({ kind: 'List', items: Array(257).fill({}) }), /257 Links/],
    'too long a text': [`# ${'x'.repeat(1_048_576)}`, /longer than 1048576/],
    'aliases that unfold': [
      `a: &a [1,1]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
        .map((name, at) => `${name}: &${name} [${`*${'abcdefg'[at]},`.repeat(9)}]`)
        .join('\n')}`,
      /is not YAML/,
    ],
    'a text that is nested without end': ['['.repeat(200_000), /is not YAML/],
    'the second of two': [`${link('paris')}---\nkind: Link`, /^object 2: apiVersion, kind/],
    'two Links of one name': [
      `${link('paris')}---\n${link('paris').replace('linkerd-multicluster', 'other')}`,
      /"paris", which is possible only once/,
    ],
  };
  for (const [what, [text, says]] of Object.entries(wrong))
    test(what, () => {
      const [problem = '', ...others] = problems(text);
      assert.match(problem, says);
      assert.deepEqual(others, []);
    });
});
