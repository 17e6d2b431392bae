import { suite } from 'node:test';
import { testSealed } from '../../driver/stories.js';
import { gateway } from './topics/gateway.js';
import { linkerd } from './topics/linkerd.js';

const titles = Object.fromEntries(Object.keys({ ...gateway, ...linkerd }).map((name) => [name, name]));

suite('what London shows of Paris through gateways', () => {
  testSealed(new URL('main.js', import.meta.url), titles, { argument: () => ({}) });
});
