import { suite } from 'node:test';
import { testSealed } from '../../driver/stories.js';

suite('a pod of Paris turns ready or not', () => {
  testSealed(
    new URL('main.js', import.meta.url),
    { propagation: 'and the slice in London follows, over the API server and over the catalog' },
    { argument: () => ({}) },
  );
});
