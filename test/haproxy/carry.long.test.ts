import { conform } from './implementation.js';

await conform('3.0');
await import('../conformance/carry.long.test.js');
