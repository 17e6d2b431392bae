import { once } from 'node:events';
import { test } from 'node:test';
import { connect, read } from '../client.js';
import { startPair, type Pair } from '../gatewaypair.js';
import type { Pairing } from '../pairings.js';
import { echo, startTarget } from '../target.js';
import { createSubject } from './subject.js';

const [atOnce, seconds, rounds, megabytes] = [16, 3, 3, 256] as const;

/** What is measured of one way, in each round. */
interface Measured {
  readonly connections: number[];
  readonly taken: number[];
  readonly rate: number[];
}

/** New connections that bring a byte back, some at a time: how many in a second, and the milliseconds of each. */
async function dialOften(port: number): Promise<{ perSecond: number; taken: number[] }> {
  const taken: number[] = [];
  const end = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < end) {
        const began = performance.now();
        const client = await connect(port);
        client.write('x');
        await read(client, 1);
        taken.push(performance.now() - began);
        client.destroy();
      }
    }),
  );
  return { perSecond: taken.length / seconds, taken };
}

/** Megabytes a second of one stream towards the client. */
async function stream(port: number): Promise<number> {
  const began = performance.now();
  const client = await connect(port);
  let bytes = 0;
  client.on('data', (data: Buffer) => (bytes += data.length));
  await once(client, 'end');
  client.destroy();
  return bytes / 1e6 / ((performance.now() - began) / 1_000);
}

test('connections that the exporter dials, beside those that the importer dials', async (t) => {
  const haproxy = await createSubject();
  const ways = ['importer', 'exporter'] as const;
  const measured = Object.fromEntries(
    ways.map((way): [string, Measured] => [way, { connections: [], taken: [], rate: [] }]),
  );
  await using echoing = await startTarget(echo);
  const piece = Buffer.alloc(1 << 20);
  await using sending = await startTarget((socket) => {
    let left = megabytes;
    const more = () => {
      while (left-- > 0) if (!socket.write(piece)) return;
      socket.end();
    };
    socket.on('drain', more);
    more();
  });
  for (let round = 0; round < rounds; round += 1)
    for (const way of ways) {
      const pairing: Pairing = {
        name: way,
        caller: haproxy,
        exporter: haproxy,
        dialledIn: way === 'exporter',
      };
      await using pair: Pair = await startPair(pairing);
      const { connections, taken, rate } = measured[way]!;
      const often = await dialOften(await pair.offer('echo', echoing.port));
      connections.push(often.perSecond);
      taken.push(...often.taken);
      rate.push(await stream(await pair.offer('sender', sending.port)));
    }
  for (const [way, { connections, taken, rate }] of Object.entries(measured)) {
    const sorted = taken.toSorted((a, b) => a - b);
    const at = (part: number) => (sorted[Math.floor(part * sorted.length)] ?? NaN).toFixed(1);
    const all = (values: readonly number[]) => values.map((value) => value.toFixed(0)).join(' | ');
    t.diagnostic(
      `the ${way} dials: ${all(connections)} new connections/s, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; one stream ${all(rate)} MB/s`,
    );
  }
});
