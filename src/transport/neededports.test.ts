import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aMirror, aService, aView, ownedBy, port } from '../../test/gen/gen.js';
import type { Transport } from '../api/link.js';
import type { Reason } from '../mirror/view.js';
import { sourceOf } from '../mirror/source.js';
import { neededPorts } from './neededports.js';
import { transports } from './transports.js';

type Ports = Parameters<typeof aService>[1][];

interface Case {
  transport?: Transport | undefined;
  remote?: Ports;
  local?: Ports;
  held?: number[];
  blind?: boolean;
  notAccepted?: Reason;
  is: number[] | undefined;
}

const [http, https, dns] = [
  port(80, { name: 'http' }),
  port(443, { name: 'https' }),
  port(53, { name: 'dns' }),
];
const udp = port(53, { name: 'dns', protocol: 'UDP' });

const cases: Record<string, Case> = {
  'each port of the local Service needs one': { local: [http, https], remote: [http, https], is: [80, 443] },
  'a port that the local Service does not have yet needs none': {
    local: [http],
    remote: [http, https],
    is: [80],
  },
  'a port that has one needs it on, though the local Service lost it': {
    local: [],
    remote: [http],
    held: [80],
    is: [80],
  },
  'a port that the remote service has no more needs none': {
    local: [http, https],
    remote: [http],
    held: [443],
    is: [80],
  },
  'a port that cannot travel needs none': { local: [udp], remote: [udp], is: [] },
  'a number needs one only, whatever protocols it has': { local: [dns, udp], remote: [dns, udp], is: [53] },
  'no port of another transport needs one': {
    transport: 'flat',
    local: [http],
    remote: [http],
    held: [80],
    is: [],
  },
  'nobody can tell without a Link': { transport: undefined, local: [http], remote: [http], is: undefined },
  'nobody can tell while the remote service is not seen': {
    local: [http],
    held: [80],
    blind: true,
    is: undefined,
  },
  'a mirror that is not accepted keeps what it holds': {
    local: [http],
    remote: [http],
    held: [80],
    notAccepted: { reason: 'NamespaceNotAllowed', message: 'no' },
    is: undefined,
  },
};

describe('neededPorts()', () => {
  for (const [
    sentence,
    { remote = [], local = [], held = [], blind = false, notAccepted, is, ...rest },
  ] of Object.entries(cases))
    it(`says that ${sentence}`, () => {
      const transport = 'transport' in rest ? rest.transport : 'gateway';
      const limits = transport === undefined ? undefined : transports[transport].limits;
      const view = aView({
        local: aService('hello', ...local, ownedBy(aMirror())),
        remote: { synced: !blind, service: aService('hello', ...remote), slices: [] },
        gatewayPorts: new Map(held.map((number) => [number, 10_000 + number])),
      });
      assert.deepEqual(neededPorts({ view, source: sourceOf(view, limits), notAccepted, limits }), is);
    });
});
