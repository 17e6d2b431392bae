import { pair } from '../suite.js';

await pair('haproxy');
await import('../carry.long.test.js');
