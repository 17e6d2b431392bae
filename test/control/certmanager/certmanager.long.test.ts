import { suite } from 'node:test';
import { testSealed } from '../../driver/stories.js';
import { prepareCertManager } from './controller.js';

const titles = {
  issuing:
    'what examples/cert-manager asks for makes a mirror ready; the operator publishes its root and makes nothing',
  renewing: 'what cert-manager renews, its root among it, is in force in all gateways, and no call fails',
  replacing: 'another root takes over when peers trust both, and no call fails',
} as const;

suite('certificates by cert-manager', () => {
  testSealed(new URL('main.js', import.meta.url), titles, {
    argument: prepareCertManager,
    progress: console.log,
  });
});
