import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { aRoot, type Named } from '../../test/gen/pki.js';
import { maxSubject, subjectProblem } from './subjectproblem.js';

const now = new Date('2026-03-01T12:00:00Z');

const cases: Record<string, { name: Named; says: RegExp | undefined }> = {
  'an ordinary name': { name: 'C=DK, O=Example A/S, CN=Root 1', says: undefined },
  'letters of all the world': { name: [{ O: [{ utf8String: 'Müller' }] }], says: undefined },
  'a part that reads like two': {
    name: [{ O: [{ utf8String: 'Example/CN=London Root' }] }],
    says: /reads like more than one/,
  },
  'a part of 16 bits a letter, whose bytes are other letters': {
    name: [{ CN: [{ bmpString: '䱯湤潮' }] }],
    says: /neither UTF8String/,
  },
  'bytes beyond ASCII in a text of ASCII': {
    name: [{ CN: [{ printableString: 'MÃ¼ller' }] }],
    says: /neither UTF8String/,
  },
  'a name that is too long': {
    name: [{ CN: [{ utf8String: 'x'.repeat(maxSubject) }] }],
    says: /bytes, at most/,
  },
};

for (const [what, { name, says }] of Object.entries(cases)) {
  test(`subjectProblem() judges ${what}`, async () => {
    const problem = subjectProblem(new X509Certificate((await aRoot(now, name)).cert));
    if (says === undefined) assert.equal(problem, undefined);
    else assert.match(problem ?? '', says);
  });
}
