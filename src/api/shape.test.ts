import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, named, onlyPorts } from '../../test/gen/gen.js';
import { parseServiceMirror } from './parse.js';
import type { ServiceMirror } from './servicemirror.js';
import { shaped } from './shape.js';

const service = { name: 'hello' };
const bare = { cluster: '', service: { name: '' } };

/** Specs that lack the shape, and what they become. */
const cases: Record<string, { spec: unknown; becomes: unknown }> = {
  'no spec': { spec: undefined, becomes: bare },
  'an empty spec': { spec: {}, becomes: bare },
  'a spec that is no object': { spec: 'paris/hello', becomes: bare },
  'a service that is no object': {
    spec: { cluster: 'paris', service: 'hello' },
    becomes: { cluster: 'paris', service: { name: '' } },
  },
  'a namespace that is no text': {
    spec: { cluster: 'paris', service: { name: 'hello', namespace: 1 } },
    becomes: { cluster: 'paris', service: { name: 'hello', namespace: '' } },
  },
  'a name that is no text': {
    spec: { cluster: 'paris', service, name: 5 },
    becomes: { cluster: 'paris', service, name: '' },
  },
  'clusters that are no list': {
    spec: { service, clusters: 'paris' },
    becomes: { service, clusters: [] },
  },
  'clusters that are no objects': {
    spec: { service, clusters: ['paris', null, { name: 5, weight: 2 }] },
    becomes: { service, clusters: [{ name: '' }, { name: '' }, { name: '', weight: 2 }] },
  },
  'ports that are no list': {
    spec: { cluster: 'paris', service, ports: 'all' },
    becomes: { cluster: 'paris', service, ports: [] },
  },
};

describe('shaped()', () => {
  for (const [what, { spec, becomes }] of Object.entries(cases)) {
    it(`gives shape to ${what}, which stays wrong`, () => {
      const mirror = shaped({ ...aMirror(), spec } as ServiceMirror);
      assert.deepEqual(mirror.spec, becomes);
      assert.equal(parseServiceMirror(mirror).ok, false);
    });
  }

  it('returns what has it as it is, wrong or not', () => {
    for (const mirror of [aMirror('hello', named('hello-paris'), onlyPorts(80)), aMirror('x', onlyPorts(0))])
      assert.equal(shaped(mirror), mirror);
  });
});
