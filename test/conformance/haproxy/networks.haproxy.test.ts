import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseLink, type Unparsed } from '../../../src/api/parse.js';
import { readCidr } from '../../../src/net/cidr.js';
import { quiet } from '../../../tools/clusters/progress.js';
import { root } from '../../../tools/clusters/paths.js';
import { ensureHaproxy } from '../../../tools/debian/haproxy.js';
import { eventually } from '../../driver/eventually.js';
import { connect, read } from '../client.js';
import { node } from '../pairings.js';
import { freePort } from '../ports.js';
import { echo, startTarget } from '../target.js';
import { startPair } from '../gatewaypair.js';
import { createSubject, tied } from './subject.js';

const guide = await readFile(join(root, 'docs/networks.md'), 'utf8');
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);
const [inner = '', outer = ''] = blocks('haproxy');

/** Runs a configuration of the guide with other addresses. */
async function run(text: string, addresses: Readonly<Record<string, string>>): Promise<AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'front-'));
  const config = Object.entries(addresses).reduce((all, [from, to]) => {
    assert.ok(all.includes(from), `${from} is not in the guide`);
    return all.replaceAll(from, to);
  }, text);
  await writeFile(join(directory, 'haproxy.cfg'), config);
  const [program, ...args] = tied((await ensureHaproxy(quiet)).program);
  const child = spawn(program, [...args, '-f', join(directory, 'haproxy.cfg')], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

describe('docs/networks.md', { timeout: 120_000 }, () => {
  test('its Link is one that the operator takes', () => {
    assert.ok(parseLink(parse(blocks('yaml')[0] ?? '') as Unparsed).ok);
  });

  for (const kind of ['haproxy', 'node'] as const) {
    for (const withHeaders of [true, false]) {
      test(`its two proxies lead to a ${kind} gateway, ${withHeaders ? 'with' : 'without'} PROXY headers`, async () => {
        const exporter = kind === 'node' ? node : await createSubject();
        const [front, middle] = [await freePort(), await freePort()];
        const text = (config: string) =>
          withHeaders ? config : config.replaceAll(/ (accept-proxy|send-proxy-v2)/g, '');
        await using target = await startTarget(echo);
        await using pair = await startPair(
          { caller: node, exporter },
          {
            ...(withHeaders && { proxies: [readCidr('127.0.0.1')] }),
            addresses: () => [{ host: '127.0.0.1', port: front }],
          },
        );
        await using _inner = await run(text(inner), {
          '192.0.2.10:4143': `127.0.0.1:${middle}`,
          '10.0.0.5:4143': `127.0.0.1:${pair.ingressPort}`,
        });
        await using _outer = await run(text(outer), {
          '203.0.113.7:4143': `127.0.0.1:${front}`,
          '192.0.2.10:4143': `127.0.0.1:${middle}`,
        });
        const port = await pair.offer('echo', target.port);
        await eventually(async () => {
          const client = await connect(port);
          client.write('across');
          assert.equal((await read(client, 6)).toString(), 'across');
          client.destroy();
        }, 20_000);
      });
    }
  }
});
