import assert from 'node:assert/strict';
import { mirrorOf } from '../connect.js';
import { dial, echoPorts, echoServers, echoService } from '../echo.js';
import type { E2eClusters } from '../clusters.js';

const mebi = 1024 * 1024;
const address = `bar-paris:${echoPorts.tcp}`;

/** Paris's `bar`, of which the server speaks first, becomes `bar-paris` in London. */
export async function mirrorBar({ london, paris }: E2eClusters): Promise<void> {
  await paris.applies(echoServers('bar', 2), echoService('bar', { exported: true }));
  await london.applies(mirrorOf('bar', { as: 'bar-paris' }));
  await london.within(60_000).mirrorSays('bar-paris', 'Ready=True');
  const report = await dial(london, 'caller', address);
  assert.deepEqual(report.failures, []);
  assert.match(report.hosts.join(), /^bar-/);
}

/** 64 MiB each way at the same time over one connection, every byte checked. */
export async function sendMuch({ london }: E2eClusters): Promise<void> {
  const report = await dial(london, 'caller', `-up ${64 * mebi} -down ${64 * mebi} ${address}`);
  assert.deepEqual(report.failures, []);
}

/** 50 connections at once, 64 MiB each way in all, every byte checked; they spread over Paris's pods. */
export async function sendOften({ london }: E2eClusters): Promise<void> {
  const each = Math.ceil((64 * mebi) / 50);
  const report = await dial(london, 'caller', `-connections 50 -up ${each} -down ${each} ${address}`);
  assert.deepEqual(report.failures, []);
  assert.equal(report.hosts.length, 2);
}

/** A client that sends FIN and gets its answer 45 s later: begun early, so that other stories pass the time. */
export function beginLateAnswer({ london }: E2eClusters): Promise<void> {
  return dial(london, 'caller', `-up ${mebi} -delay 45s ${address}`).then((report) => {
    assert.deepEqual(report.failures, []);
    assert.ok(report.seconds >= 45, `the answer came after ${report.seconds} s`);
  });
}
