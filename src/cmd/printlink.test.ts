import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { fakeClock } from '../../test/gen/clock.js';
import { aFakeCluster } from '../../test/gen/cluster.js';
import { aConfigMap, epoch } from '../../test/gen/gen.js';
import { aCluster } from '../../test/gen/pki.js';
import { ownNames } from '../api/names.js';
import { parseLink, type Unparsed } from '../api/parse.js';
import { encodeIdentity } from '../protocol/identity.js';
import { readCommand } from './flags.js';
import { printLink, type PrintLinkFlags } from './printlink.js';

const paris = await aCluster('paris', { now: new Date(epoch) });
const gateway = { host: 'gateway.paris.example.com', port: 4143 };

/** What the command prints in a cluster that publishes these addresses. */
async function print(flags: Partial<PrintLinkFlags> = {}, addresses = [gateway]): Promise<string> {
  const identity = { cluster: 'paris', uid: 'u', caBundle: paris.authority.ca, addresses };
  const { kube } = aFakeCluster(aConfigMap(ownNames.identity, encodeIdentity(identity)));
  const exports = { 'mirror.linkerd.io/exported': 'true' };
  let printed = '';
  const options = { kube, clock: fakeClock(), print: (text: string) => void (printed += text) };
  await printLink({ namespace: 'service-mirror', addresses: [], exports, ...flags }, options);
  return printed;
}

describe('print-link', () => {
  test('prints a Link that the other cluster takes, and says what it lets happen', async () => {
    const text = await print();
    assert.match(
      text,
      /^# How another cluster knows "paris", and reaches it at gateway\.paris\.example\.com:4143\./,
    );
    const read = parseLink(parse(text) as Unparsed);
    assert.ok(read.ok, text);
    const { metadata, spec } = read.link;
    assert.equal(metadata.name, 'paris');
    assert.deepEqual({ ...spec.peer }, { cluster: 'paris', caBundle: paris.authority.ca });
    assert.deepEqual(
      spec.gateway?.addresses?.map(({ host, port }) => ({ host, port })),
      [gateway],
    );
    assert.equal(spec.credentialsSecretRef, undefined);
    assert.deepEqual(spec.exports?.services?.matchLabels, { 'mirror.linkerd.io/exported': 'true' });
  });

  test('takes another name, another address, and no exports', async () => {
    const text = await print({ name: 'seine', addresses: [{ host: '192.0.2.7', port: 443 }], exports: null });
    const { metadata, spec } = parse(text) as { metadata: object; spec: Record<string, unknown> };
    assert.deepEqual(metadata, { name: 'seine' });
    assert.deepEqual(spec['gateway'], { addresses: [{ host: '192.0.2.7', port: 443 }] });
    assert.equal(spec['exports'], undefined);
    assert.match(text, /"paris" may reach nothing there/);
  });

  test('of a cluster that is not called has no address', async () => {
    const text = await print({ addresses: null }, []);
    const read = parseLink(parse(text) as Unparsed);
    assert.ok(read.ok, text);
    assert.equal(read.link.spec.gateway, undefined);
    assert.match(text, /"paris", which it does not call/);
  });

  test('without an address says how to get one', async () => {
    await assert.rejects(
      print({}, []),
      /no address: wait until Service service-mirror-ingress .* --address HOST:PORT/,
    );
  });
});

describe('the flags of print-link', () => {
  const flags = (args: string) => readCommand(['print-link', ...args.split(' ').filter(Boolean)]);
  const plain = { role: 'print-link', namespace: 'service-mirror', addresses: [] };

  test('export by convention unless they say otherwise', () => {
    assert.deepEqual(flags(''), { ...plain, exports: { 'mirror.linkerd.io/exported': 'true' } });
    assert.deepEqual(flags('--exports none'), { ...plain, exports: null });
    assert.deepEqual(flags('--exports team=shop,tier='), { ...plain, exports: { team: 'shop', tier: '' } });
  });

  test('read a name and addresses', () => {
    assert.deepEqual(flags('--name seine --address [2001:db8::7]:4143 --exports none --kubeconfig f'), {
      ...{ ...plain, name: 'seine', kubeconfig: 'f', exports: null },
      addresses: [{ host: '2001:db8::7', port: 4143 }],
    });
  });

  for (const [args, problem] of [
    ['--exports shop', /^--exports: "shop" is not KEY=VALUE/],
    ['--exports a=b=c', /^--exports/],
    ['--name local', /^--name/],
    ['--name A', /^--name/],
    ['--address nowhere', /^--address/],
    ['--no-address --address a:1', /^--no-address/],
    ['--no-address --exports none', /^--no-address/],
  ] as const)
    test(`${args} is refused`, () => {
      const command = flags(args);
      assert.ok(command.role === 'help' && problem.test(command.problem ?? ''), JSON.stringify(command));
    });
});
