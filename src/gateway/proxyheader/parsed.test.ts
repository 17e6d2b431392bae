import assert from 'node:assert/strict';
import { test } from 'node:test';
import { field } from '../../../test/conformance/header.js';
import { uniqueIdOf } from './parsed.js';

const id = field(5, 'cluster-b');
const long = Buffer.from(id);
long.writeUInt16BE(500, 1);

const cases: Record<string, readonly [fields: readonly Buffer[], id: string | undefined]> = {
  'reads the unique id': [[id], 'cluster-b'],
  'reads the unique id among other fields': [[field(1, 'h2'), id, field(4, '')], 'cluster-b'],
  'reads a unique id that is not ASCII': [[field(5, 'köln')], 'köln'],
  'finds none where there are no fields': [[], undefined],
  'finds none among other fields': [[field(1, 'cluster-b')], undefined],
  'believes no field that is longer than its header': [[long], undefined],
  'believes nothing before a field that is longer than its header': [[id, long], undefined],
  'believes nothing before a field that has no length': [[id, Buffer.from([4, 0])], undefined],
};

for (const [what, [fields, expected]] of Object.entries(cases))
  test(`uniqueIdOf() ${what}`, () => assert.equal(uniqueIdOf({ fields: Buffer.concat(fields) }), expected));
