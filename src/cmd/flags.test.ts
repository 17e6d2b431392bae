import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCommand, usage, type Command } from './flags.js';

const operator = {
  role: 'operator',
  namespace: 'service-mirror',
  logLevel: 'info',
  logFormat: 'json',
  metricsAddress: '0.0.0.0:9990',
  leaderElection: true,
  shares: 1,
  egressAddresses: [],
  gatewayAddresses: [],
  certificates: 'own',
} as const satisfies Command;

const egress = {
  role: 'gateway',
  namespace: 'service-mirror',
  logLevel: 'info',
  logFormat: 'json',
  metricsAddress: '0.0.0.0:9990',
  gatewayRole: 'egress',
  implementation: 'node',
  own: {},
  clusterDomain: 'cluster.local',
  leaveMs: 60_000,
  drainMs: 30_000,
  proxies: [],
} as const satisfies Command;

describe('readCommand() reads', () => {
  const cases: Record<string, { args: string; is: Command }> = {
    'an operator with its defaults': { args: 'operator', is: operator },
    'an operator that divides the Links': { args: 'operator --shares 3', is: { ...operator, shares: 3 } },
    'a gateway with its defaults': { args: 'gateway --role egress', is: egress },
    'every flag of an operator': {
      args: 'operator --kubeconfig f --namespace n --cluster-name london --no-leader-election --egress-address 10.0.0.1 --egress-address 10.0.0.2 --gateway-address gw.example.com:443 --gateway-address [2001:db8::7]:4143 --certificates given --metrics-address 127.0.0.1:9090 --log-level debug --log-format plain',
      is: {
        role: 'operator',
        kubeconfig: 'f',
        namespace: 'n',
        clusterName: 'london',
        leaderElection: false,
        shares: 1,
        egressAddresses: ['10.0.0.1', '10.0.0.2'],
        certificates: 'given',
        gatewayAddresses: [
          { host: 'gw.example.com', port: 443 },
          { host: '2001:db8::7', port: 4143 },
        ],
        metricsAddress: '127.0.0.1:9090',
        logLevel: 'debug',
        logFormat: 'plain',
      },
    },
    'every flag of a gateway': {
      args: 'gateway --role ingress --implementation haproxy --haproxy /opt/haproxy --haproxy-directory /run/h --address 10.0.0.1 --port 4143 --cluster-domain paris.example --max-connections 2000 --leave-timeout 500ms --drain-timeout 2m --kubeconfig f',
      is: {
        ...egress,
        gatewayRole: 'ingress',
        implementation: 'haproxy',
        own: { haproxy: '/opt/haproxy', 'haproxy-directory': '/run/h' },
        kubeconfig: 'f',
        address: '10.0.0.1',
        port: 4143,
        clusterDomain: 'paris.example',
        maxConnections: 2_000,
        leaveMs: 500,
        drainMs: 120_000,
      },
    },
    'a HAProxy in a container of its own': {
      args: 'gateway --role egress --implementation haproxy --haproxy beside --haproxy-directory /run/h',
      is: {
        ...{ ...egress, implementation: 'haproxy' },
        own: { haproxy: 'beside', 'haproxy-directory': '/run/h' },
      },
    },
    'a folder to prepare': {
      args: 'prepare --haproxy-directory /run/h',
      is: { role: 'prepare', directory: '/run/h' },
    },
    'a call for help with a folder': { args: 'prepare --help', is: { role: 'help' } },
    'networks of proxies, as lists and one by one': {
      args: 'gateway --role ingress --proxy-protocol-from 10.0.0.0/8,2001:db8::/32 --proxy-protocol-from 192.0.2.7',
      is: {
        ...egress,
        gatewayRole: 'ingress',
        proxies: [
          { network: '10.0.0.0', prefix: 8 },
          { network: '2001:db8::', prefix: 32 },
          { network: '192.0.2.7', prefix: 32 },
        ],
      },
    },
    'a cluster name of 40 characters': {
      args: `operator --cluster-name ${'a'.repeat(40)}`,
      is: { ...operator, clusterName: 'a'.repeat(40) },
    },
    'a timeout of nothing': {
      args: 'gateway --role egress --drain-timeout 0s',
      is: { ...egress, drainMs: 0 },
    },
    'a rotation of the CA': {
      args: 'rotate-ca --force --namespace n --kubeconfig f',
      is: { role: 'rotate-ca', force: true, namespace: 'n', kubeconfig: 'f' },
    },
    'no command as a call for help': { args: '', is: { role: 'help' } },
    'a call for help': { args: '--help', is: { role: 'help' } },
    'a call for help with an operator': { args: 'operator --help', is: { role: 'help' } },
    'a call for help with a gateway, though its role is missing': {
      args: 'gateway --help',
      is: { role: 'help' },
    },
  };
  for (const [sentence, { args, is }] of Object.entries(cases)) {
    it(sentence, () => assert.deepEqual(readCommand(args.split(' ').filter(Boolean)), is));
  }
});

describe('readCommand() refuses, and names the flag,', () => {
  const cases: Record<string, { args: string[]; says: RegExp }> = {
    'an unknown command': {
      args: ['mirror'],
      says: /"mirror"; write operator, gateway, prepare, invite, accept, rotate-ca, translate-links/,
    },
    'a command that is a word of the language': { args: ['toString'], says: /"toString"; write operator/ },
    'a HAProxy beside the gateway, but not where': {
      args: ['gateway', '--role', 'egress', '--implementation', 'haproxy', '--haproxy', 'beside'],
      says: /--haproxy beside: .*--haproxy-directory/,
    },
    'a folder to prepare without its name': { args: ['prepare'], says: /--haproxy-directory/ },
    'no shares': { args: ['operator', '--shares', '0'], says: /--shares: "0" is not a number/ },
    'more shares than there are Leases': { args: ['operator', '--shares', '9'], says: /--shares: at most 8/ },
    'shares without Leases': {
      args: ['operator', '--shares', '2', '--no-leader-election'],
      says: /--shares: only with leader election/,
    },
    'certificates of nobody': { args: ['operator', '--certificates', 'none'], says: /--certificates/ },
    'an unknown flag': { args: ['operator', '--nope'], says: /--nope/ },
    'a flag of the other role': { args: ['operator', '--role', 'egress'], says: /--role/ },
    'a word too many': { args: ['operator', 'now'], says: /now/ },
    'an implementation that is not there': {
      args: ['gateway', '--role', 'egress', '--implementation', 'envoy'],
      says: /--implementation: .* envoy: use haproxy or node/,
    },
    'a flag of another implementation': {
      args: ['gateway', '--role', 'egress', '--haproxy', '/opt/haproxy'],
      says: /--haproxy: not for --implementation node/,
    },
    'a gateway without a role': { args: ['gateway'], says: /--role: write egress or ingress/ },
    'a role that is none': { args: ['gateway', '--role', 'middle'], says: /--role/ },
    'a cluster name in capitals': { args: ['operator', '--cluster-name', 'London'], says: /--cluster-name/ },
    'a cluster name that is too long': {
      args: ['operator', '--cluster-name', 'a'.repeat(41)],
      says: /--cluster-name.*40/,
    },
    'a cluster name that ends in a dash': {
      args: ['operator', '--cluster-name', 'a-'],
      says: /--cluster-name/,
    },
    'an address of the gateway without a port': {
      args: ['operator', '--gateway-address', '192.0.2.1'],
      says: /--gateway-address: "192.0.2.1" is not an address; write HOST:PORT/,
    },
    'a cluster domain with a space': {
      args: ['gateway', '--role', 'ingress', '--cluster-domain', 'cluster local'],
      says: /--cluster-domain: "cluster local" is not a domain/,
    },
    'a network of proxies that is none': {
      args: ['gateway', '--role', 'ingress', '--proxy-protocol-from', '10.0.0.0/8,10.0.0/33'],
      says: /--proxy-protocol-from: "10.0.0\/33" is not a network; write one like/,
    },
    'an egress gateway behind proxies': {
      args: ['gateway', '--role', 'egress', '--proxy-protocol-from', '10.0.0.0/8'],
      says: /--proxy-protocol-from: only for --role ingress/,
    },
    'an address to listen on that is a name': {
      args: ['gateway', '--role', 'egress', '--address', 'localhost'],
      says: /--address: "localhost" is not an IP address/,
    },
    'an address to listen on with more after it': {
      args: ['gateway', '--role', 'egress', '--address', '10.0.0.1:80 ssl'],
      says: /--address: "10\.0\.0\.1:80 ssl" is not an IP address/,
    },
    'a log level that is none': {
      args: ['operator', '--log-level', 'loud'],
      says: /--log-level.*error, warn/,
    },
    'a log format that is none': { args: ['operator', '--log-format', 'xml'], says: /--log-format/ },
    'a port that is none': { args: ['gateway', '--role', 'ingress', '--port', '65536'], says: /--port/ },
    'an empty port': { args: ['gateway', '--role', 'ingress', '--port', ''], says: /--port/ },
    'a port in another notation': { args: ['gateway', '--role', 'ingress', '--port', '1e3'], says: /--port/ },
    'room for no connection': {
      args: ['gateway', '--role', 'ingress', '--max-connections', '0'],
      says: /--max-connections: "0" is not a number of at least 1/,
    },
    'a time without a unit': {
      args: ['gateway', '--role', 'egress', '--drain-timeout', '30'],
      says: /--drain-timeout.*"30".*30s/,
    },
    'a time that is none': {
      args: ['gateway', '--role', 'egress', '--leave-timeout', 'soon'],
      says: /--leave-timeout/,
    },
  };
  for (const [sentence, { args, says }] of Object.entries(cases)) {
    it(sentence, () => {
      const command = readCommand(args);
      assert.equal(command.role, 'help');
      assert.match(command.role === 'help' ? (command.problem ?? '') : '', says);
    });
  }
});

it('usage tells of every flag', () => {
  for (const flag of [
    'kubeconfig',
    'namespace',
    'metrics-address',
    'log-level',
    'log-format',
    'cluster-name',
    'egress-address',
    'gateway-address',
    'no-leader-election',
    'role',
    'implementation',
    'haproxy',
    'haproxy-directory',
    'address',
    'proxy-protocol-from',
    'port',
    'leave-timeout',
    'max-connections',
    'drain-timeout',
  ])
    assert.match(usage, new RegExp(`--${flag} `));
});
