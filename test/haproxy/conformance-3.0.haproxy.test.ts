import { conform } from './implementation.js';

await conform();
await import('../conformance/addresses.test.js');
await import('../conformance/bundles.test.js');
await import('../conformance/carry.test.js');
await import('../conformance/change.test.js');
await import('../conformance/channel.test.js');
await import('../conformance/families.test.js');
await import('../conformance/flood.test.js');
await import('../conformance/http.test.js');
await import('../conformance/impostor.test.js');
await import('../conformance/pooled.test.js');
await import('../conformance/proxied.test.js');
await import('../conformance/refuse.test.js');
await import('../conformance/resume.test.js');
await import('../conformance/shared.test.js');
