import { setTimeout as sleep } from 'node:timers/promises';
import { countRequests, type Continued } from './imported.js';

/** Nothing happens, and nothing should be written. */
export const idle: Continued = async ({ context, london, subject, name }) => {
  const { idle: seconds } = context.plan;
  return context.step(`${name}: idle for ${seconds} s`, async () => {
    const [requests, cpu] = [await countRequests(london), await subject.cpu()];
    await sleep(1_000 * seconds);
    return { idle: { requests: await requests(), cpu: (await subject.cpu()) - cpu } };
  });
};
