import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinName, meshDomain, ownNames, podLabels, spiffeId } from './names.js';

describe('joinName()', () => {
  const long = 'a'.repeat(70);
  const cases: Record<string, { parts: string[]; is: RegExp }> = {
    'joins with a dash': { parts: ['a', 'b', 'c'], is: /^a-b-c$/ },
    'leaves 63 characters alone': { parts: ['a'.repeat(63)], is: /^a{63}$/ },
    'cuts 64 characters, and ends in a hash': { parts: ['a'.repeat(64)], is: /^a{54}-[0-9a-f]{8}$/ },
    'leaves no dash or dot where it cuts': {
      parts: [`${'a'.repeat(52)}.-${'b'.repeat(20)}`],
      is: /^a{52}-[0-9a-f]{8}$/,
    },
  };
  for (const [sentence, { parts, is }] of Object.entries(cases)) {
    it(sentence, () => {
      const name = joinName(...parts);
      assert.match(name, is);
      assert.ok(name.length <= 63);
      assert.equal(joinName(...parts), name);
    });
  }

  it('tells long names apart that are cut alike', () => {
    assert.notEqual(joinName(long, 'x'), joinName(long, 'y'));
  });

  it('tells long names apart whose parts join alike', () => {
    assert.notEqual(joinName(long, 'x-y'), joinName(`${long}-x`, 'y'));
  });
});

describe('names on the wire', () => {
  it('carry the name of the cluster', () => {
    assert.equal(meshDomain('paris'), 'paris.mirror.internal');
    assert.equal(spiffeId('paris', 'gateway'), 'spiffe://paris.mirror.internal/gateway');
    assert.equal(spiffeId('paris', 'operator'), 'spiffe://paris.mirror.internal/operator');
  });
});

describe('names of our own objects', () => {
  it('name no two ConfigMaps or Secrets alike', () => {
    const { identity, peers, ports, ca, ingressTls, egressTls, operatorTls } = ownNames;
    const all = [identity, peers, ports, ca, ingressTls, egressTls, operatorTls];
    assert.equal(new Set(all).size, all.length);
  });

  it('tell the components apart by label', () => {
    assert.deepEqual(podLabels('egress'), {
      'app.kubernetes.io/name': 'service-mirror',
      'app.kubernetes.io/component': 'egress',
    });
  });
});
