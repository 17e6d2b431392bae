import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTerminal } from './terminal.js';

/** What is written, with every time as `N s`. */
function recorder(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text.replaceAll(/ +[\d.]+ s/g, ' N s')) > 0;
  return {
    out: { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream,
    text: () => written.join(''),
  };
}

test('createTerminal() writes only lasting lines where none can be replaced', async () => {
  const { out, text } = recorder(false);
  const terminal = createTerminal(out);
  await terminal.step('building', async () => {
    terminal.progress('compiling ...');
    terminal.progress('compiling ... 15.0 s');
  });
  await terminal.wait('waiting', async () => undefined);
  terminal.chapter('Then');
  terminal.command('paris', 'kubectl get pods', 'NAME\nhello\n');
  assert.equal(
    text(),
    '    compiling ... N s\n  ✓ building N s\n\nThen\n  paris $ kubectl get pods\n    NAME\n    hello\n',
  );
});

test('createTerminal() marks a step that failed, and lets the error pass', async () => {
  const { out, text } = recorder(false);
  const failing = createTerminal(out).step('building', () => Promise.reject(new Error('no compiler')));
  await assert.rejects(failing, /no compiler/);
  assert.equal(text(), '  ✗ building N s\n');
});

test('createTerminal() writes nothing after its last line', async () => {
  const { out, text } = recorder(false);
  const terminal = createTerminal(out);
  await terminal.step('building', async () => terminal.mute('interrupted'));
  terminal.say('more');
  assert.equal(text(), 'interrupted\n');
});

test('createTerminal() replaces the line of what goes on, where that can be seen', async () => {
  const { out, text } = recorder(true);
  await createTerminal(out).step('building', async () => undefined);
  const [clear, green, plain] = ['\r\x1b[K', '\x1b[32m', '\x1b[0m'];
  assert.equal(text(), `${clear}${clear}  ${green}✓${plain} building N s\n`);
});
