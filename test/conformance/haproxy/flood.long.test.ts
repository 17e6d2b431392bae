import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aCluster } from '../../gen/pki.js';
import { connect, read } from '../client.js';
import { node } from '../pairings.js';
import { echo, startTarget } from '../target.js';
import { aPeer, londonLink, startPair, type Pair } from '../gatewaypair.js';
import type { Flood, Flooded } from './flooder.js';
import { processesOf, startHaproxyPair } from './haproxypair.js';

const attempts = 10_000;
const threads = 2;

/** Does it in a process of its own, and ends that when the flood has been looked at. */
async function flood<T>(asked: Flood, look: (flooded: Flooded) => Promise<T>): Promise<T> {
  const child = fork(new URL('flooder.js', import.meta.url));
  try {
    child.send(asked);
    const [flooded] = (await once(child, 'message')) as [Flooded];
    return await look(flooded);
  } finally {
    child.disconnect();
  }
}

/** How the calls of a client went. */
interface Calls {
  readonly took: readonly number[];
  readonly failed: number;
}

/** Makes a new connection every 100 ms, whatever became of those before; gives the milliseconds each took. */
async function calling(port: number, signal: AbortSignal): Promise<Calls> {
  const took: number[] = [];
  let failed = 0;
  const calls: Promise<void>[] = [];
  async function call(): Promise<void> {
    const began = performance.now();
    const answer = await answerOf(port).catch(() => undefined);
    if (answer === 'ping') took.push(Math.round(performance.now() - began));
    else failed++;
  }
  while (!signal.aborted) {
    calls.push(call());
    await sleep(100, undefined, { signal }).catch(() => {});
  }
  await Promise.all(calls);
  return { took: took.toSorted((a, b) => a - b), failed };
}

async function answerOf(port: number): Promise<string> {
  const client = await connect(port);
  client.write('ping');
  try {
    return (await read(client, 4)).toString();
  } finally {
    client.destroy();
  }
}

/** A pair, and which process carries paris's connections. */
interface Paris extends Pair {
  carrier(): Promise<number>;
}

const pairs: Readonly<Record<string, () => Promise<Paris>>> = {
  async haproxy() {
    // as many files as there may be: no more than a process of this machine may have open
    const pair = await startHaproxyPair({ ingress: { threads, files: 40_000 } });
    const carrier = async () => (await processesOf(pair.directories.ingress)).workers.at(-1)!.pid;
    return { ...pair, carrier };
  },
  async node() {
    return { ...(await startPair({ caller: node, exporter: node })), carrier: async () => process.pid };
  },
};

/** Megabytes of memory that a process has in use (proc(5), `status`). */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1_024);
}

/** Two floods: of a peer that is let in, and of an address that says nothing. */
const floods = {
  'a peer that opens 10,000 connections': { handshakes: true, from: '127.0.0.1' },
  'an address that opens 10,000 connections and says nothing': { handshakes: false, from: '127.0.0.2' },
} as const;

for (const [name, start] of Object.entries(pairs)) {
  for (const [who, { handshakes, from }] of Object.entries(floods)) {
    test(`${who} gets its part, and another peer is served all the time (${name})`, async (t) => {
      await using target = await startTarget(echo);
      await using pair = await start();
      const berlin = await aCluster('berlin');
      const peers = [
        aPeer(londonLink, 'london', pair.london.authority),
        aPeer('berlin', 'berlin', berlin.authority),
      ];
      await pair.tellParis({ peers });
      const port = await pair.offer('echo', target.port, [londonLink, 'berlin']);
      assert.equal(await answerOf(port), 'ping');
      const before = await memoryOf(await pair.carrier());

      const over = new AbortController();
      const calls = calling(port, over.signal);
      const { cert, key } = berlin.egress;
      const tls = { cert, key, servername: pair.nameOf('echo') };
      const asked = { port: pair.ingressPort, from, attempts, ...(handshakes && { tls }) };
      const { held, most, peak } = await flood(asked, async (flooded) => ({
        ...flooded,
        peak: await memoryOf(await pair.carrier()),
      }));
      over.abort();
      const { took, failed } = await calls;
      t.diagnostic(
        `of ${attempts} attempts at most ${most} were open at once, ${held} at the end; ` +
          `${failed} of ${took.length + failed} calls failed, half took ${took[took.length >> 1]} ms, ` +
          `the slowest ${took.at(-1)} ms; memory ${before} MB before, ${peak} MB with the flood`,
      );
      assert.ok(most < attempts / 2, 'it was given more than half of what there is');
      assert.ok(most > 300, 'it was hardly a flood');
      assert.ok(took.length > 0);
      assert.equal(failed, 0);
    });
  }
}
