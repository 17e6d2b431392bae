import assert from 'node:assert/strict';
import { eventually } from '../../../driver/eventually.js';
import { openClients, type OrderStory } from '../clients.js';
import { strike } from '../blows.js';
import { judge, tally, warningsOf } from '../ledger.js';
import type { Outcome, Plan } from '../plan.js';
import { inTurns } from '../../../../tools/clusters/turns.js';

/** Clients that dial one name after the other; each rests a little, or the machine would do nothing else. */
const callers = 8;
/** Mirrors that are away at the same time. */
const atOnce = 6;
/** In the second round, every so many mirrors a service of Paris is made anew, too. */
const remakeEvery = 10;
/** Every so many mirrors, something is struck. */
const strikes = (mirrors: number, blows: number) => Math.max(1, Math.floor(mirrors / (blows + 1)));

/**
 * Deletes every mirror and makes it again, half of them for another service, while clients dial names at random. Then
 * the same while services of Paris are made anew, and processes end and start again.
 */
export async function playChurn(
  story: OrderStory,
  { churn: mirrors, blows }: Plan,
  signal: AbortSignal,
): Promise<Outcome> {
  const clients = await openClients(story, { namespace: 'churn' }, signal);
  const services = Math.ceil(mirrors * 1.2);
  const anyOf = (count: number) => Math.floor(Math.random() * count);
  await inTurns(Array(services).keys(), 16, (n) => clients.serve(`s-${n}`));
  await inTurns(Array(mirrors).keys(), 32, (n) => clients.mirror(`m-${n}`, `s-${n}`));
  const resolved = () => [...Array(mirrors).keys()].filter((n) => clients.directory.lookUp(`m-${n}`)).length;
  const allResolve = () =>
    eventually(() => assert.equal(resolved(), mirrors, 'names that lead somewhere'), 120_000);
  await allResolve();
  story.tell(`${mirrors} mirrors are ready`);

  let phase = 'mirrors come and go';
  let dialling = true;
  /** Names that were deleted or made last: where most can go wrong. */
  const inFlux: number[] = [];
  const dialled = Array.from({ length: callers }, async (_, caller) => {
    while (dialling) {
      const n = caller % 2 === 0 ? anyOf(mirrors) : (inFlux[anyOf(inFlux.length)] ?? 0);
      await clients.call(`m-${n}`, phase);
      await pause(20);
    }
  });

  let made = 0;
  const churn = (count: number, onMade: () => void) =>
    inTurns(Array(count).keys(), atOnce, async (step) => {
      const n = step % mirrors;
      if (inFlux.push(n) > 2 * atOnce) inFlux.shift();
      await clients.unmirror(`m-${n}`);
      const target = Math.random() < 0.5 ? n : anyOf(services);
      if (Math.random() < 0.5) await pause(anyOf(300));
      await clients.mirror(`m-${n}`, `s-${target}`);
      if (++made % remakeEvery === 0 && made > mirrors) await clients.remake(`s-${anyOf(services)}`);
      onMade();
    });

  await churn(mirrors, () => {});
  await allResolve();
  story.tell(`${mirrors} mirrors deleted and made again, ${clients.dials.length} dials so far`);

  if (blows.length > 0) {
    phase = 'services and processes, too';
    const every = strikes(mirrors, blows.length);
    const queue = [...blows];
    let since = 0;
    let striking: Promise<void> = Promise.resolve();
    await churn(mirrors, () => {
      if (++since % every !== 0) return;
      const blow = queue.shift();
      if (blow !== undefined) striking = striking.then(() => strike(story.clusters, blow, story.tell));
    });
    await striking;
    await allResolve();
    story.tell(`${mirrors} mirrors deleted and made again under ${blows.length} blows`);
  }
  dialling = false;
  await Promise.all(dialled);
  await inTurns(Array(mirrors).keys(), callers, (n) => clients.call(`m-${n}`, 'afterwards'));
  return {
    tallies: tally(clients.dials, clients.facts),
    complaints: warningsOf(clients.dials, (dial) => judge(dial, clients.facts)),
    figures: { dials: clients.dials.length },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
