import { conform } from './implementation.js';

await conform('2.6');
await import('../conformance/carry.test.js');
await import('../conformance/change.test.js');
await import('../conformance/channel.test.js');
await import('../conformance/impostor.test.js');
await import('../conformance/refuse.test.js');
await import('../conformance/resume.test.js');
