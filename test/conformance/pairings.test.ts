import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lackOf, type Needs, node, type Pairing } from './pairings.js';

const withHttp = { ...node, capabilities: { ...node.capabilities, http: true } };
const pairing: Pairing = { name: 'node calls another', caller: node, exporter: withHttp };

const cases: Record<string, readonly [needs: Needs, lacking: string | undefined]> = {
  nothing: [{}, undefined],
  'what the exporter has': [{ exporter: ['http'] }, undefined],
  'what the caller has not': [{ caller: ['pooling'] }, 'the caller declares no pooling'],
  'what neither has': [
    { caller: ['http'], exporter: ['pooling'] },
    'the caller declares no http, the exporter declares no pooling',
  ],
};

for (const [what, [needs, lacking]] of Object.entries(cases))
  test(`a part of the suite that takes ${what}`, () => assert.equal(lackOf(pairing, needs), lacking));
