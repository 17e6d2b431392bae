import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aListed } from '../../test/gen/catalog.js';
import { type CatalogService, decodeLine, largestLine, maxCatalogPorts } from '../protocol/catalog.js';
import { listedLine } from './listedline.js';

function told(service: CatalogService): CatalogService {
  const line = listedLine(service);
  assert.ok(line !== undefined && line.endsWith('\n') && Buffer.byteLength(line) <= largestLine + 1);
  const read = decodeLine(line.trimEnd());
  assert.equal(read?.kind, 'service');
  return (read as { service: CatalogService }).service;
}

const many = (count: number, length: number, text = 'x') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`key-${String(n).padStart(4, '0')}`, text.repeat(length)]),
  );

describe('listedLine()', () => {
  it('tells a usual service as it is', () => {
    const service = aListed('web', { labels: { app: 'web' }, annotations: { note: 'größer' } });
    assert.deepEqual(told(service), service);
  });

  it('leaves out the longest annotations', () => {
    const annotations = { short: 'x', long: 'x'.repeat(30_000), middle: 'x'.repeat(10_000) };
    assert.deepEqual(Object.keys(told(aListed('web', { annotations })).annotations), ['middle', 'short']);
  });

  it('keeps labels before annotations, and of labels first those by which importers select', () => {
    const labels = { ...many(1_000, 60), 'mirror.linkerd.io/exported': 'true'.padEnd(63, 'x') };
    const read = told(aListed('web', { labels, annotations: many(100, 1_000) }));
    assert.ok('mirror.linkerd.io/exported' in read.labels);
    assert.ok(Object.keys(read.labels).length > 200);
  });

  it('counts what a text takes in JSON', () => {
    const read = told(aListed('web', { annotations: many(10, 1_000, '\u0001') }));
    assert.equal(Object.keys(read.annotations).length, 4);
  });

  it('cuts ports that would leave no room for anything else', () => {
    const ports = Array.from({ length: maxCatalogPorts }, (_, n) => ({
      ...{ name: `p${n}`, port: n + 1, appProtocol: `example.com/${'x'.repeat(200)}` },
    }));
    const read = told(aListed('web', { ports, labels: { app: 'web' } }));
    assert.ok(read.ports.length > 100 && read.ports.length < maxCatalogPorts);
    assert.deepEqual(read.labels, { app: 'web' });
  });

  it('has no line for what no reader would accept', () => {
    assert.equal(listedLine(aListed('Web')), undefined);
    assert.equal(listedLine(aListed('web', { created: 'yesterday' })), undefined);
  });

  it('makes lines that are read, out of any metadata', () => {
    const metadata = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 80 }),
      fc.string({ unit: 'binary', maxLength: 9_000 }),
      { maxKeys: 30 },
    );
    fc.assert(
      fc.property(metadata, metadata, (labels, annotations) => {
        const line = listedLine(aListed('web', { labels, annotations }));
        if (line !== undefined) decodeLine(line.trimEnd());
      }),
      { numRuns: 200 },
    );
  });
});
