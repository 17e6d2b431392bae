import { conform } from './implementation.js';

await conform();
await import('../carry.long.test.js');
