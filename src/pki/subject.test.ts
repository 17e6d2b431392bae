import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it, test } from 'node:test';
import { aRoot, type Named } from '../../test/gen/pki.js';
import { canonicalSubject, unescaped, maxSubject, subjectProblem } from './subject.js';

const now = new Date('2026-03-01T12:00:00Z');
/** Its text as it stands, while a plain string could be one with escapes. */
const cn = (utf8String: string): Named => [{ CN: [{ utf8String }] }];
const names: Record<string, Named> = {
  'a word': cn('paris-0123'),
  'in capitals': cn('PARIS-0123'),
  'a space before it': cn(' paris-0123'),
  'a space behind it': cn('paris-0123 '),
  'a tab and lines around it': cn('\t\v\fparis-0123\r\n'),
  'a space of another kind behind it': cn('paris-0123\u00a0'),
  'as PrintableString': [{ CN: [{ printableString: 'paris-0123' }] }],
  'as BMPString': [{ CN: [{ bmpString: 'Paris-0123' }] }],
  'as IA5String': [{ CN: [{ ia5String: 'paris-0123 ' }] }],
  'of another type': [{ O: [{ utf8String: 'paris-0123' }] }],
  'another word': cn('paris-0124'),
  'a NUL behind it': cn('paris-0123\u0000'),
  'two words': cn('Root CA'),
  'two words, far apart': cn('root \t  ca'),
  'two words in one': cn('RootCA'),
  'a number sign': cn('#a'),
  'a space and a number sign': cn(' #a'),
  'what is escaped': cn('a, "b" + <c>; \\0a = d'),
  'what is escaped, in capitals': cn('A,  "B" + <C>; \\0A = D '),
  'what looks like two parts': cn('a\nO=b'),
  'what looks like two values': cn('a + O=b'),
  'two parts': [{ CN: ['a'] }, { O: ['b'] }],
  'two parts, the other way round': [{ O: ['b'] }, { CN: ['a'] }],
  'two values of one part': [{ CN: ['a'], O: ['b'] }],
  'two values of one part, the other way round': [{ O: ['B '], CN: ['a'] }],
  'a letter with an accent': cn('\u00e9'),
  'a capital with an accent': cn('\u00c9'),
  'a type without a name': [{ '1.2.3.4': ['a '] }],
  'only a space': cn(' '),
};

describe('canonicalSubject() is of one mind with OpenSSL about', () => {
  const made = new Map<string, X509Certificate>();
  before(async () => {
    for (const [title, name] of Object.entries(names))
      made.set(title, new X509Certificate((await aRoot(now, name)).cert));
  });

  for (const title of Object.keys(names))
    it(`${title}, beside each of the other names`, () => {
      const one = made.get(title)!;
      for (const [other, certificate] of made)
        // self-signed: its issuer is its subject
        assert.equal(
          canonicalSubject(one) === canonicalSubject(certificate),
          one.checkIssued(certificate),
          `${JSON.stringify(one.subject)} and ${other}, ${JSON.stringify(certificate.subject)}`,
        );
    });
});

describe('unescaped()', () => {
  const cases: Record<string, string> = {
    plain: 'plain',
    'a\\, b': 'a, b',
    '\\#a\\ ': '#a ',
    '\\09\\0D': '\t\r',
    '\\\\0a': '\\0a',
  };
  for (const [text, wanted] of Object.entries(cases))
    it(`reads ${text}`, () => assert.equal(unescaped(text), wanted));
});

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
