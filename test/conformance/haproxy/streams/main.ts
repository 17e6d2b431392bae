import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { tellOutcome } from '../../../../tools/clusters/sealed.js';
import { blob, connect } from '../../client.js';
import { startTarget } from '../../target.js';
import { startPair } from '../../gatewaypair.js';
import { createSubject } from '../subject.js';
import type { Plan, Tally } from './plan.js';

// Runs sealed: a loopback with the segments of a real network, so that data, and the end of data, come bit by bit.
const { rounds, atOnce, bytes } = JSON.parse(process.argv[2] ?? '') as Plan;
await promisify(execFile)('ip', ['link', 'set', 'lo', 'mtu', '1500', 'up']);
const haproxy = await createSubject();
const pair = await startPair({ caller: haproxy, exporter: haproxy });
const { data } = blob(bytes);

async function countAll(socket: Socket): Promise<number> {
  let count = 0;
  try {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) count += (chunk as Buffer).length;
  } catch {
    // a reset is as bad as an early end: what came is what counts
  }
  return count;
}

/** Both ends send all they have and then their end; gives the bytes that came, of all directions. */
async function exchange(name: string): Promise<number[]> {
  const heard: Promise<number>[] = [];
  await using target = await startTarget((socket) => {
    heard.push(countAll(socket));
    socket.end(data);
  });
  const port = await pair.offer(name, target.port);
  const answers = Array.from({ length: atOnce }, async () => {
    const client = await connect(port);
    client.on('error', () => {});
    client.end(data);
    return countAll(client);
  });
  const answered = await Promise.all(answers);
  return [...answered, ...(await Promise.all(heard))];
}

const counts: number[] = [];
for (let round = 0; round < rounds; round++) {
  counts.push(...(await exchange(`round-${round}`)));
  console.log(`round ${round + 1} of ${rounds}`);
}
const tally: Tally = { directions: counts.length, short: counts.filter((count) => count !== bytes).length };
// everything that was started dies with us
await tellOutcome(tally);
