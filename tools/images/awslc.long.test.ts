import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsLcTag } from '../../src/chart/install.js';
import { toStderr } from '../clusters/progress.js';
import { writeAwsLcImage } from './haproxy.js';
import { assertSelfContained } from './selfcontained.js';

test('the image of our build holds the versions that its name says, and needs nothing from outside of it', async (t) => {
  // without fixes only where they cannot be had, and then the name says it
  const write = (out: string) => writeAwsLcImage(out, 'optional', toStderr);
  const said = await assertSelfContained(
    t,
    write,
    /service-mirror\/haproxy-aws-lc:3\.0\.11-(deb13u\d+|unfixed)-lc/,
  );
  const [, version = '?', library = '?'] = /^([\d.]+)-.+-lc([\d.]+)$/.exec(awsLcTag) ?? [];
  assert.ok(said.startsWith(`HAProxy version ${version}-`), said.split('\n')[0]);
  assert.ok(said.includes(`Running on OpenSSL version : AWS-LC ${library}\n`));
});
