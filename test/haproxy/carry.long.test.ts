import { conform } from './implementation.js';

await conform();
await import('../conformance/carry.long.test.js');
