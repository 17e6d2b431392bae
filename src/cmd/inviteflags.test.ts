import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAccept, readInvite } from './inviteflags.js';

const exported = {
  services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } },
  allowSelectorless: false,
};

test('readInvite() fills in the defaults', () => {
  assert.deepEqual(readInvite(['london']), {
    ...{ namespace: 'service-mirror', link: 'london', validFor: 900_000, addresses: [], exports: exported },
  });
});

test('readInvite() reads every flag', () => {
  const flags = ['--valid-for=60m', '--address=gw.example.com:443', '--address=[2001:db8::7]:4143'];
  const more = ['--export-selector=team=shop,tier=', '--namespace=mesh', '--kubeconfig=k'];
  assert.deepEqual(readInvite(['london', ...flags, ...more]), {
    ...{ namespace: 'mesh', kubeconfig: 'k', link: 'london', validFor: 3_600_000 },
    addresses: [
      { host: 'gw.example.com', port: 443 },
      { host: '2001:db8::7', port: 4143 },
    ],
    exports: { services: { matchLabels: { team: 'shop', tier: '' } }, allowSelectorless: false },
  });
  assert.deepEqual(readInvite(['london', '--export-all'])?.exports, { all: true, allowSelectorless: false });
  assert.equal(readInvite(['london', '--no-export'])?.exports, undefined);
});

test('readAccept() reads every flag', () => {
  assert.deepEqual(readAccept(['smi1_x']), { namespace: 'service-mirror', code: 'smi1_x', dryRun: false });
  const flags = ['--name=hub', '--dry-run', '--automatic', '--export-all'];
  assert.deepEqual(readAccept(['smi1_x', ...flags]), {
    ...{ namespace: 'service-mirror', code: 'smi1_x', name: 'hub', dryRun: true },
    imports: { selector: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } }, automatic: true },
    exports: { all: true, allowSelectorless: false },
  });
});

test('--help asks for help', () => {
  assert.equal(readInvite(['--help']), undefined);
  assert.equal(readAccept(['--help']), undefined);
});

const wrong: Readonly<Record<string, [read: () => unknown, problem: RegExp]>> = {
  'no name': [() => readInvite([]), /invite LINK/],
  'two names': [() => readInvite(['london', 'berlin']), /invite LINK/],
  'a name that no Link may have': [() => readInvite(['Lon.don']), /DNS label/],
  'this cluster itself': [() => readInvite(['local']), /'local'/],
  'no time': [() => readInvite(['london', '--valid-for=soon']), /--valid-for/],
  'a very short time': [() => readInvite(['london', '--valid-for=1s']), /1m to 1440m/],
  'a very long time': [() => readInvite(['london', '--valid-for=1441m']), /1m to 1440m/],
  'an address without a port': [() => readInvite(['london', '--address=gw']), /--address/],
  'too many addresses': [() => readInvite(['london', ...Array<string>(5).fill('--address=a:1')]), /4 times/],
  'labels that are none': [() => readInvite(['london', '--export-selector=team']), /k=v/],
  'no labels at all': [() => readInvite(['london', '--export-selector=']), /k=v/],
  'both kinds of exports': [
    () => readInvite(['london', '--export-all', '--export-selector=a=b']),
    /--export-all/,
  ],
  'exports and none': [() => readInvite(['london', '--export-all', '--no-export']), /--no-export/],
  'no code': [() => readAccept([]), /accept CODE/],
  'a flag that is unknown': [() => readAccept(['x', '--force']), /--force/],
};

for (const [what, [read, problem]] of Object.entries(wrong))
  test(`${what} is a mistake`, () => assert.throws(read, problem));
