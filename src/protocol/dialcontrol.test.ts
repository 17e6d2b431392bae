import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeDial, encodeDial, longestLine, mostTokens, type DialMessage } from './dialcontrol.js';

const token = (n: number) => n.toString(16).padStart(64, '0');
const tokens = Array.from({ length: mostTokens }, (_, n) => token(n));

describe('messages of a control connection', () => {
  it('are read as they were written, and fit into a line', () => {
    const messages: readonly DialMessage[] = [
      { hello: { version: 1, pod: 'p'.repeat(64) } },
      { dial: tokens },
      { lost: tokens },
      { ping: 1 },
      { pong: 2 },
    ];
    for (const message of messages) {
      const line = encodeDial(message);
      assert.deepEqual(decodeDial(line), message);
      assert.ok(line.length <= longestLine);
    }
  });

  it('of a later version are ignored', () => {
    assert.equal(decodeDial('{"later":1}'), undefined);
    assert.deepEqual(decodeDial('{"hello":{"version":2,"pod":"a","more":true}}'), {
      hello: { version: 2, pod: 'a' },
    });
  });

  it('are refused when they are not what they say', () => {
    const bad = {
      'no JSON': '{',
      'no object': '[1]',
      null: 'null',
      'a pod that is no name': '{"hello":{"version":1,"pod":"a\\nb"}}',
      'no version': '{"hello":{"pod":"a"}}',
      'a short token': '{"dial":["ab"]}',
      'too many tokens': JSON.stringify({ dial: [...tokens, token(99)] }),
      'a ping without a number': '{"ping":true}',
      'a number for a list': '{"lost":3}',
    };
    for (const [what, line] of Object.entries(bad)) assert.throws(() => decodeDial(line), Error, what);
  });

  it('may hold any JSON: nothing else than a message or an Error comes out', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (line) => {
        try {
          decodeDial(line);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      }),
    );
  });
});
