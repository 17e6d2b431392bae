import { suite } from 'node:test';
import { testSealed } from '../../driver/stories.js';
import { overCatalog } from './catalog.js';
import { upgrading } from './upgrade.js';

const titles = Object.fromEntries([upgrading, ...Object.keys(overCatalog)].map((name) => [name, name]));

suite('what London shows of Paris by the catalog of its gateways', () => {
  testSealed(new URL('main.js', import.meta.url), titles, { argument: () => ({ discovery: 'catalog' }) });
});
