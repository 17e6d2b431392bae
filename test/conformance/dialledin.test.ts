import { node, setPairings } from './pairings.js';

setPairings([{ name: 'node calls node, which dials', caller: node, exporter: node, dialledIn: true }]);

await import('./carry.test.js');
