import { conform } from './implementation.js';

// Without the tests of carrying: when both ends finish at the same moment, 2.6 may lose the last bytes of a stream, about
// once in ten times 64 MiB. 3.0 does not.
await conform('2.6');
await import('../conformance/addresses.test.js');
await import('../conformance/change.test.js');
await import('../conformance/channel.test.js');
await import('../conformance/flood.test.js');
await import('../conformance/http.test.js');
await import('../conformance/families.test.js');
await import('../conformance/impostor.test.js');
await import('../conformance/pooled.test.js');
await import('../conformance/proxied.test.js');
await import('../conformance/refuse.test.js');
await import('../conformance/resume.test.js');
