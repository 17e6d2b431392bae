import { conform } from './implementation.js';

await conform();
await import('../addresses.test.js');
await import('../bundles.test.js');
await import('../carry.test.js');
await import('../change.test.js');
await import('../channel.test.js');
await import('../families.test.js');
await import('../flood.test.js');
await import('../http.test.js');
await import('../impostor.test.js');
await import('../outcome.test.js');
await import('../pooled.test.js');
await import('../proxied.test.js');
await import('../refuse.test.js');
await import('../resume.test.js');
await import('../shared.test.js');
