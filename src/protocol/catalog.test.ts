import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { WrongAnswerError } from '../net/probe/failure.js';
import {
  decodeLine,
  encodeLine,
  largestLine,
  largestMetadata,
  maxCatalogPorts,
  type CatalogLine,
  type CatalogService,
} from './catalog.js';

const web: CatalogService = {
  ...{ namespace: 'shop', name: 'web', uid: 'u-1', created: '2026-11-29T10:00:00Z', ready: 2, total: 3 },
  ports: [
    { name: 'http', port: 80, appProtocol: 'http' },
    { port: 81, closed: true },
  ],
  labels: { app: 'web' },
  annotations: { note: 'größer' },
};

const head: CatalogLine = {
  ...{ kind: 'head', cluster: 'paris', uid: 'u', epoch: 'e1', whole: true, caBundle: '-----BEGIN' },
};

const service = (change: object): CatalogLine => ({ kind: 'service', service: { ...web, ...change } });

function read(line: CatalogLine): CatalogLine | undefined {
  return decodeLine(encodeLine(line).trimEnd());
}

describe('a line of the catalog', () => {
  const lines: readonly CatalogLine[] = [
    head,
    service({}),
    service({ hosts: { 'db-0': true, 'db-1': false }, affinity: 10_800, publishNotReady: true }),
    { kind: 'gone', key: 'shop/web' },
    { kind: 'at', version: 7 },
  ];
  for (const line of lines)
    test(`${line.kind} is read as it was written`, () => assert.deepEqual(read(line), line));

  test('has no field that is not known', () => {
    const line = { ...service({ sudo: true }), ...{ later: 1 } };
    assert.deepEqual(read(line), service({}));
  });

  test('of a kind that is not known says nothing', () => {
    assert.equal(decodeLine('{"kind":"weather"}'), undefined);
  });

  const wrong: readonly (readonly [string, CatalogLine | string, RegExp])[] = [
    ['of another version', '{"catalog":2,"kind":"head"}', /version 2, we read 1: upgrade the older side/],
    ['that is not JSON', '{', /not JSON/],
    ['that is too long', `"${'a'.repeat(largestLine)}"`, /more than 65536 bytes/],
    ['without a cluster', { ...head, cluster: '' }, /names no cluster/],
    ['with an epoch of two lines', { ...head, epoch: 'a\nb' }, /no epoch/],
    ['with an illegal name', service({ name: 'Web' }), /without a name/],
    ['with a name that is a path', service({ namespace: 'a/b' }), /without a name/],
    ['with a dot in its name', service({ name: 'web.v2' }), /without a name/],
    ['with a dot in its namespace', service({ namespace: 'shop.eu' }), /without a name/],
    [
      'with a dot in the name of a port',
      service({ ports: [{ port: 1, name: 'a.b' }] }),
      /wrong name of port 1/,
    ],
    ['that is gone with a dot in its name', { kind: 'gone', key: 'shop/web.v2' }, /wrongly/],
    ['with more ready pods than pods', service({ ready: 4 }), /has 4 as a number of ready pods/],
    ['with a negative number', service({ total: -1 }), /has -1 as a number of pods/],
    ['with half a pod', service({ total: 1.5 }), /has 1.5/],
    ['with port 0', service({ ports: [{ port: 0 }] }), /has 0 as a port of service shop\/web/],
    ['with a port twice', service({ ports: [{ port: 1, name: 'a' }, { port: 1 }] }), /twice/],
    [
      'with too many ports',
      service({ ports: Array.from({ length: maxCatalogPorts + 1 }, (_, n) => ({ port: n + 1 })) }),
      /at most 256 ports/,
    ],
    ['with a dot in a host name', service({ hosts: { 'a.b': true } }), /wrong host name/],
    ['with a label that is a number', service({ labels: { a: 1 } }), /wrong metadata/],
    ['with a space in a key', service({ annotations: { 'a b': '' } }), /wrong metadata/],
    [
      'with too much metadata',
      service({ labels: { a: 'x'.repeat(largestMetadata) } }),
      /more than 24576 bytes/,
    ],
    ['with another time', service({ created: 'yesterday' }), /has no time/],
    ['that is gone without a name', { kind: 'gone', key: 'web' }, /wrongly/],
    ['with a version that is no number', '{"kind":"at","version":"7"}', /has "7" as a version/],
  ];
  for (const [what, line, message] of wrong)
    test(`${what} is refused`, () => {
      assert.throws(
        () => decodeLine(typeof line === 'string' ? line : encodeLine(line).trimEnd()),
        (error) => error instanceof WrongAnswerError && message.test(error.message),
      );
    });

  test('half a surrogate pair is replaced', () => {
    const line = read(service({ annotations: { a: 'x\ud800' } }));
    assert.deepEqual(line, service({ annotations: { a: 'x\ufffd' } }));
  });
});

describe('whatever a peer writes', () => {
  const isOwnKind = (line: CatalogLine | undefined) =>
    line === undefined || ['head', 'service', 'gone', 'at'].includes(line.kind);

  /** Reads it: a line within the bounds, which is read again as the same, or an error of one kind. */
  function judge(text: string): void {
    try {
      const line = decodeLine(text);
      assert.ok(isOwnKind(line));
      if (line !== undefined) assert.deepEqual(read(line), line);
    } catch (error) {
      if (!(error instanceof WrongAnswerError)) throw error;
    }
  }

  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => judge(Buffer.from(bytes).toString())),
    );
  });

  test('JSON', () => {
    fc.assert(fc.property(fc.json(), judge));
  });

  test('lines of our form with one field that is anything', () => {
    const field = fc.constantFrom(...Object.keys(web), 'hosts', 'affinity', 'publishNotReady');
    const inService = fc
      .tuple(field, fc.anything())
      .map(([key, value]) => service({ [key]: value }) as object);
    const inHead = fc
      .tuple(fc.constantFrom(...Object.keys(head), 'version', 'key'), fc.anything())
      .map(([key, value]) => ({ ...head, catalog: 1, [key]: value }));
    const inPort = fc
      .tuple(fc.constantFrom('name', 'port', 'appProtocol', 'closed'), fc.anything())
      .map(([key, value]) => service({ ports: [{ port: 80, [key]: value }] }) as object);
    fc.assert(
      fc.property(fc.oneof(inService, inHead, inPort), (line) => {
        let text: string;
        try {
          text = JSON.stringify(line);
        } catch {
          // what JSON cannot say, no peer can
          return;
        }
        judge(text);
      }),
    );
  });
});
