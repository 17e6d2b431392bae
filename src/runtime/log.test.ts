import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, silent, type LogOptions } from './log.js';

function log(o: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const made = createLog({ level: 'info', sink: (line) => lines.push(line), ...o });
  return { made, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> };
}

test('a line is one JSON object with time, level, message and fields', () => {
  const { made, lines, last } = log();
  made.warn('gateway unreachable', { link: 'paris', tries: 3 });
  const { time, ...rest } = last();
  assert.deepEqual(rest, { level: 'warn', message: 'gateway unreachable', link: 'paris', tries: 3 });
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 60_000);
  assert.equal(lines.length, 1);
});

test('what is below the level is neither written nor computed', () => {
  const { made, lines } = log({ level: 'warn' });
  made.info('x', {
    get costly(): string {
      return assert.fail('the fields were read');
    },
  });
  made.debug('x');
  assert.deepEqual(lines, []);
  assert.deepEqual([made.enabled('error'), made.enabled('warn'), made.enabled('info')], [true, true, false]);
});

test('a child carries its fields on every line, and its own children theirs, too', () => {
  const { made, last } = log();
  made.child({ controller: 'services' }).child({ object: 'default/web' }).info('done', { ms: 5 });
  assert.deepEqual([last().controller, last().object, last().ms], ['services', 'default/web', 5]);
});

test('an error is written with its message, stack and cause', () => {
  const { made, last } = log();
  made.error('failed', { error: new Error('outer', { cause: new Error('inner') }) });
  const error = last().error as { message: string; stack: string; cause: { message: string } };
  assert.equal(error.message, 'outer');
  assert.match(error.stack, /log\.test/);
  assert.equal(error.cause.message, 'inner');
});

test('no secret reaches a line: not by field, child field, error or message', () => {
  const hush = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl';
  for (const format of ['json', 'plain'] as const) {
    const { made, lines } = log({ format });
    made.child({ token: hush }).error(`refused ${hush}`, {
      error: new Error(`with ${hush}`, { cause: { kubeconfig: hush } }),
      nested: { headers: { authorization: `Bearer ${hush}` } },
    });
    assert.equal(lines.length, 1);
    assert.ok(!lines[0]?.includes(hush), lines[0]);
  }
});

test('fields that cannot be read do not take the process with them', () => {
  const { made, lines } = log();
  made.info('x', {
    get bad(): string {
      throw new Error('unreadable');
    },
  });
  assert.match(lines[0] ?? '', /unreadable/);
});

test('a field cannot pass for the message or the level', () => {
  const { made, last } = log();
  made.info('true message', { message: 'false', level: 'error', time: 'never' });
  assert.deepEqual([last().message, last().level], ['true message', 'info']);
  assert.notEqual(last().time, 'never');
});

test('the plain format is a line for human eyes', () => {
  const { made, lines } = log({ format: 'plain' });
  made.info('service created', { object: 'default/web', ports: [80] });
  made.error('failed', { error: new Error('broken') });
  assert.match(
    lines[0] ?? '',
    /^\d\d:\d\d:\d\d\.\d{3} INFO {2}service created object=default\/web ports=\[80\]$/,
  );
  assert.match(lines[1] ?? '', /ERROR failed error="broken"$/);
});

test('silent says nothing', () => {
  assert.equal(silent.child({}).enabled('error'), false);
});
