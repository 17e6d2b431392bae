// The whole suite of HAProxy over the build on AWS-LC, also in both directions with HAProxy on OpenSSL.
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { root } from '../../../tools/clusters/paths.js';

// for all that the files below start, also in processes of their own
process.env['HAPROXY_BUILD'] = 'aws-lc';

const { conform } = await import('../suite.js');
await conform('haproxy', { others: ['node', 'haproxy on OpenSSL'] });

const sources = globSync('test/conformance/haproxy/*.haproxy.test.ts', { cwd: root });
for (const name of sources.map((file) => basename(file, '.ts')).toSorted())
  if (!name.startsWith('conformance')) await import(`./${name}.js`);
