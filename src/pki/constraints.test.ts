import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { Extension } from '@peculiar/x509';
import { aCluster, aCopy, aLeaf, aRoot } from '../../test/gen/pki.js';
import { mayStandAbove } from './constraints.js';

const now = new Date();
const [root, london] = await Promise.all([aRoot(now), aCluster('london', { now })]);
const leaf = new X509Certificate((await aLeaf(london.authority, 'london', { now })).cert);

const wrap = (tag: number, ...content: readonly Buffer[]) => {
  const inner = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, inner.length]), inner]);
};
const host = (name: string) => wrap(0x30, wrap(0x86, Buffer.from(name)));
const dns = (name: string) => wrap(0x30, wrap(0x82, Buffer.from(name)));
/** A directory name of one common name, as PrintableString, in which leaves have it. */
const directory = (name: string) => {
  const part = wrap(0x30, Buffer.from('0603550403', 'hex'), wrap(0x13, Buffer.from(name)));
  return wrap(0x30, wrap(0xa4, wrap(0x30, wrap(0x31, part))));
};
const names = (...lists: readonly Buffer[]) => new Extension('2.5.29.30', true, wrap(0x30, ...lists));
const allow = (...subtrees: readonly Buffer[]) => names(wrap(0xa0, ...subtrees));
const deny = (...subtrees: readonly Buffer[]) => names(wrap(0xa1, ...subtrees));
const usage = (hex: string) => new Extension('2.5.29.15', true, Buffer.from(hex, 'hex'));
const extended = (hex: string) => new Extension('2.5.29.37', false, wrap(0x30, Buffer.from(hex, 'hex')));

const cases: Record<string, { extensions: readonly Extension[]; may: boolean }> = {
  'without constraints': { extensions: [], may: true },
  'for the hosts of URIs that the leaf has': {
    extensions: [allow(host('london.mirror.internal'))],
    may: true,
  },
  'for those below a domain': { extensions: [allow(host('.mirror.internal'))], may: true },
  'for other hosts': { extensions: [allow(host('berlin.mirror.internal'))], may: false },
  'for hosts below the one that the leaf has': {
    extensions: [allow(host('.london.mirror.internal'))],
    may: false,
  },
  'for hosts, one of which the leaf has': {
    extensions: [allow(host('berlin.mirror.internal'), host('LONDON.mirror.internal'))],
    may: true,
  },
  'that excludes the host': { extensions: [deny(host('london.mirror.internal'))], may: false },
  'that excludes another host': { extensions: [deny(host('berlin.mirror.internal'))], may: true },
  'for DNS names below a domain': { extensions: [allow(dns('mirror.internal'))], may: true },
  'for DNS names that the leaf does not have': {
    extensions: [allow(dns('berlin.mirror.internal'))],
    may: false,
  },
  'for a subject that the leaf has': { extensions: [allow(directory('gateway'))], may: true },
  'for another subject': { extensions: [allow(directory('other'))], may: false },
  'whose constraints cannot be read': {
    extensions: [new Extension('2.5.29.30', true, Buffer.from('300501', 'hex'))],
    may: false,
  },
  'whose subtrees have bounds': {
    extensions: [
      allow(wrap(0x30, wrap(0x86, Buffer.from('london.mirror.internal')), wrap(0x80, Buffer.from([1])))),
    ],
    may: false,
  },
  'whose key may sign certificates': { extensions: [usage('03020106')], may: true },
  'whose key may only sign lists': { extensions: [usage('03020102')], may: false },
  'for clients': { extensions: [extended('06082b06010505070302')], may: true },
  'for mail alone': { extensions: [extended('06082b06010505070304')], may: false },
  'with a critical extension that nobody here knows': {
    extensions: [new Extension('1.3.6.1.4.1.53594.2', true, Buffer.from('0500', 'hex'))],
    may: false,
  },
};

describe('mayStandAbove() judges a CA', () => {
  for (const [what, { extensions, may }] of Object.entries(cases))
    it(what, async () => {
      const ca = new X509Certificate((await aCopy(root, now, extensions)).cert);
      assert.equal(mayStandAbove(ca, leaf, 0), may);
    });

  it('that permits more hosts than are worth comparing with all names of a leaf', async () => {
    const many = Array.from({ length: 100 }, (_, n) => `n${n}.london.mirror.internal`);
    const of = (count: number) =>
      aLeaf(london.authority, 'london', { now, dnsNames: many.slice(0, count) }).then(
        ({ cert }) => new X509Certificate(cert),
      );
    const long = (tag: number, ...content: readonly Buffer[]) => {
      const inner = Buffer.concat(content);
      return Buffer.concat([Buffer.from([tag, 0x82, inner.length >> 8, inner.length & 255]), inner]);
    };
    const hosts = [...many, 'london.mirror.internal'].map(host);
    const value = new Extension('2.5.29.30', true, long(0x30, long(0xa0, ...hosts)));
    const ca = new X509Certificate((await aCopy(root, now, [value])).cert);
    assert.deepEqual([mayStandAbove(ca, await of(1), 0), mayStandAbove(ca, await of(100), 0)], [true, false]);
  });

  it('that permits no CA below it', () => {
    const ca = new X509Certificate(london.authority.cert);
    assert.deepEqual(
      [0, 1].map((between) => mayStandAbove(ca, leaf, between)),
      [true, false],
    );
  });
});
