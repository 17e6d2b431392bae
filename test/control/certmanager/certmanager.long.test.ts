import { before, suite, test } from 'node:test';
import { runSealed } from '../../../tools/clusters/sealed.js';
import { prepareCertManager } from './controller.js';
import type { Ends } from './stage.js';

const titles = {
  issuing:
    'what examples/cert-manager asks for makes a mirror ready; the operator publishes its root and makes nothing',
  renewing: 'what cert-manager renews, its root among it, is in force in all gateways, and no call fails',
  replacing: 'another root takes over when peers trust both, and no call fails',
} as const;

suite('certificates by cert-manager', () => {
  let ends: Ends = {};
  before(async () => {
    const crds = await prepareCertManager();
    ends = await runSealed<Ends>(new URL('main.js', import.meta.url), crds, console.log);
  });
  for (const [story, title] of Object.entries(titles))
    test(title, () => {
      const { failure = 'it was not played' } = { failure: '', ...ends[story] };
      if (failure !== '') throw new Error(failure);
    });
});
