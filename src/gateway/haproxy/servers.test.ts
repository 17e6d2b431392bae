import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServerState } from './render/layout.js';
import { CommandError, type Worker } from './runtime.js';
import { atStart, steer } from './servers.js';

type Servers = Readonly<Record<string, ServerState>>;
const at = (ip: string, ready = true): ServerState => ({ ip, port: 1, ready });
const spare: ServerState = { ready: false };
const states = (servers: Servers) => new Map(Object.entries(servers));

/** What a worker is told; it answers `answer` to a change of an address. */
async function told(before: Servers | undefined, wanted: Servers, answer = 'IP changed from a to b\n') {
  const commands: string[] = [];
  const ask = async (command: string) => {
    commands.push(command.replace('set server ', ''));
    return answer;
  };
  const worker: Worker = {
    pid: 1,
    old: false,
    reloads: 0,
    ask,
    tell: async (command) => void (await ask(command)),
  };
  await steer(worker, before && states(before), states(wanted));
  return commands;
}

interface Case {
  readonly before?: Servers;
  readonly wanted: Servers;
  readonly is: readonly string[];
}

const cases: Record<string, Case> = {
  'says nothing when all is as it was': {
    before: { 'b/s0': at('192.0.2.1'), 'b/s1': spare },
    wanted: { 'b/s0': at('192.0.2.1'), 'b/s1': spare },
    is: [],
  },
  'gives a server to spare an address before it gets connections': {
    before: { 'b/s0': spare },
    wanted: { 'b/s0': at('2001:db8::1') },
    is: ['b/s0 addr 2001:db8::1 port 1', 'b/s0 state ready'],
  },
  'brings one in before it takes another out': {
    before: { 'b/s0': at('192.0.2.1'), 'b/s1': spare },
    wanted: { 'b/s0': spare, 'b/s1': at('192.0.2.2') },
    is: ['b/s1 addr 192.0.2.2 port 1', 'b/s1 state ready', 'b/s0 state maint'],
  },
  'changes the address alone where that is all': {
    before: { 'b/s0': at('192.0.2.1') },
    wanted: { 'b/s0': at('192.0.2.2') },
    is: ['b/s0 addr 192.0.2.2 port 1'],
  },
  'says everything to a worker that it does not know': {
    wanted: { 'b/s0': at('192.0.2.1'), 'b/s1': spare },
    is: ['b/s0 addr 192.0.2.1 port 1', 'b/s0 state ready', 'b/s1 state maint'],
  },
};

describe('steer()', () => {
  for (const [sentence, { before, wanted, is }] of Object.entries(cases)) {
    it(sentence, async () => assert.deepEqual(await told(before, wanted), is));
  }

  for (const answer of [
    'nothing changed\n\n',
    'no need to change the addr by x\n',
    'port changed from 1 to 2\n',
  ])
    it(`takes it for done when HAProxy says ${JSON.stringify(answer)}`, async () => {
      await told({}, { 'b/s0': at('192.0.2.1') }, answer);
    });

  it('rejects what HAProxy does not take', async () => {
    await assert.rejects(told({}, { 'b/s0': at('x') }, "Invalid addr 'x'\n"), CommandError);
  });
});

describe('atStart()', () => {
  it('has servers that were read from the file ready when they have an address', () => {
    const [first, second] = [...atStart(states({ 'b/s0': at('192.0.2.1', false), 'b/s1': spare })).values()];
    assert.deepEqual([first, second], [at('192.0.2.1'), spare]);
  });
});
