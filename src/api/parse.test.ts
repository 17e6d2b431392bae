import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { badObjects } from '../../test/control/api/badobjects.js';
import { goodObjects } from '../../test/control/api/goodobjects.js';
import { linkOf, mirrorOf, type Written } from '../../test/control/api/written.js';
import type { ServiceMirror } from './servicemirror.js';
import { parseInvitation, parseLink, parseServiceMirror, problemsOfMirror } from './parse.js';

const parse = (object: Written): { ok: true; spec: unknown } | { ok: false; problems: readonly string[] } => {
  switch (object.kind) {
    case 'Link': {
      const parsed = parseLink(object);
      return parsed.ok ? { ok: true, spec: parsed.link.spec } : parsed;
    }
    case 'ServiceMirror': {
      const parsed = parseServiceMirror(object);
      return parsed.ok ? { ok: true, spec: parsed.mirror.spec } : parsed;
    }
    case 'Invitation': {
      const parsed = parseInvitation(object);
      return parsed.ok ? { ok: true, spec: parsed.invitation.spec } : parsed;
    }
    default:
      return object.kind satisfies never;
  }
};

suite('parseLink() and parseServiceMirror() refuse what the API server refuses', () => {
  for (const [what, { object, field, fix, refusedBy }] of Object.entries(badObjects)) {
    if (refusedBy === 'api server') continue;
    test(what, () => {
      const parsed = parse(object);
      assert.ok(!parsed.ok);
      const [problem = '', ...others] = parsed.problems;
      assert.deepEqual(others, [], 'one mistake, one problem');
      assert.ok(problem.startsWith(field), problem);
      assert.match(problem, fix);
    });
  }
});

suite('parseLink() and parseServiceMirror() fill in the defaults', () => {
  for (const [what, { object, stored }] of Object.entries(goodObjects)) {
    test(what, () => assert.deepEqual(parse(object), { ok: true, spec: stored }));
  }
});

test('parseServiceMirror() keeps metadata and status as they are', () => {
  const object = { ...mirrorOf(), status: { observedGeneration: 3 } };
  assert.deepEqual(parseServiceMirror(object), { ok: true, mirror: object });
});

test('parseLink() leaves the object that it was given alone', () => {
  const object = linkOf({ gateway: { probe: {} } });
  const before = structuredClone(object);
  parseLink(object);
  assert.deepEqual(object, before);
});

test('parseLink() takes null for a field that was not written', () => {
  const parsed = parse(linkOf({ clusterDomain: null, exports: null }));
  assert.deepEqual(parsed, { ok: true, spec: { clusterDomain: 'cluster.local', transport: 'gateway' } });
});

test('parseLink() reads one and the same object once', () => {
  const object = linkOf({});
  assert.equal(parseLink(object), parseLink(object));
  assert.notEqual(parseLink(object), parseLink({ ...object }));
});

test('problemsOfMirror() reads one and the same spec once, whatever its status', () => {
  const mirror = mirrorOf({ cluster: 'local' }) as unknown as ServiceMirror;
  const problems = problemsOfMirror(mirror);
  assert.equal(problems.length, 1);
  assert.equal(problemsOfMirror({ ...mirror, status: { observedGeneration: 3 } }), problems);
  assert.notEqual(problemsOfMirror({ ...mirror, spec: { ...mirror.spec } }), problems);
});

test('parseLink() names every problem of an object', () => {
  const parsed = parse(linkOf({ clusterDomain: 'A', transport: 'B' }, 'local'));
  assert.ok(!parsed.ok);
  assert.equal(parsed.problems.length, 3);
});
