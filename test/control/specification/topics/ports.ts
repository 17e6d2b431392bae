import assert from 'node:assert/strict';
import { endpointSlices, services } from '../../../../src/api/resources.js';
import type { Cases } from '../world.js';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Ports of a remote service, and which of them a mirror has. */
export const ports: Cases = {
  'a port that is added is added': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80'] });
    await paris.exports('web', { ports: ['http 80', 'https 443'] });
    const both = { ports: ['http 80', 'https 443'], podPorts: ['http 8080', 'https 8443'] };
    await london.shows('web-paris', { ...both, stays: before });
  },

  'a port that is removed is removed': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80', 'https 443'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80', 'https 443'] });
    await paris.exports('web', { ports: ['https 443'] });
    await london.shows('web-paris', { ports: ['https 443'], podPorts: ['https 8443'], stays: before });
  },

  'a port that is renamed is renamed': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80'] });
    await paris.exports('web', { ports: ['web 80'] });
    await london.shows('web-paris', { ports: ['web 80'], podPorts: ['web 8080'], stays: before });
  },

  'a port that gets another number gets it here': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['http 80'] });
    await paris.exports('web', { ports: ['http 81'] });
    await london.shows('web-paris', { ports: ['http 81'], podPorts: ['http 8081'] });
  },

  'a port without a name stays without': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['80'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['80'], podPorts: ['8080'] });
  },

  'what a port speaks travels, and so does that it speaks something else': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['web 80/TCP http'] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: ['web 80/TCP http'], podPorts: ['web 8080/TCP http'] });
    const other = 'kubernetes.io/h2c';
    await paris.exports('web', { ports: [`web 80/TCP ${other}`] });
    await london.shows('web-paris', { ports: [`web 80/TCP ${other}`], podPorts: [`web 8080/TCP ${other}`] });
    await paris.exports('web', { ports: ['web 80'] });
    await london.shows('web-paris', { ports: ['web 80'], podPorts: ['web 8080'] });
  },

  'one number may be a port of TCP, UDP and SCTP at once': async ({ london, paris }) => {
    await paris.exports('dns', { ports: ['tcp 53', 'udp 53/UDP', 'sctp 53/SCTP'] });
    await london.mirrors('dns').from('paris');
    await london.shows('dns-paris', { ports: ['tcp 53', 'udp 53/UDP', 'sctp 53/SCTP'] });
    await paris.exports('dns', { ports: ['udp 53/UDP', 'sctp 53/SCTP'] });
    await london.shows('dns-paris', { ports: ['udp 53/UDP', 'sctp 53/SCTP'] });
  },

  'a port that turns from TCP into UDP does so here': async ({ london, paris }) => {
    await paris.exports('dns', { ports: ['dns 53'] });
    await london.mirrors('dns').from('paris');
    const before = await london.shows('dns-paris', { ports: ['dns 53'] });
    await paris.exports('dns', { ports: ['dns 53/UDP'] });
    await london.shows('dns-paris', { ports: ['dns 53/UDP'], podPorts: ['dns 8053/UDP'], stays: before });
  },

  'two ports may change names with each other': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['a 80', 'b 81'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['a 80', 'b 81'] });
    await paris.exports('web', { ports: ['b 80', 'a 81'] });
    await london.shows('web-paris', { ports: ['b 80', 'a 81'], stays: before });
  },

  'ports in another order are in that order here': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['a 80', 'b 81'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['a 80', 'b 81'] });
    const swapped = { ports: [81, 80].map((port) => ({ name: port === 80 ? 'a' : 'b', port })) };
    await paris.changes('web', { spec: swapped });
    await london.shows('web-paris', {
      ports: ['b 81', 'a 80'],
      podPorts: ['a 8080', 'b 8081'],
      stays: before,
    });
  },

  'a service of 300 ports has 300 here': async ({ london, paris }) => {
    const many = numbers(300).map((n) => `p${n} ${1_000 + n}`);
    await paris.exports('web', { ports: many });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', { ports: many, endpoints: ['10.9.0.1'] });
    await paris.exports('web', { ports: many.slice(1) });
    await london.shows('web-paris', { ports: many.slice(1) });
  },

  'a mirror of some ports has these alone, by name or by number': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80', 'https 443', 'admin 9000'] });
    await london.mirrors('web', { ports: [80, 'admin'] }).from('paris');
    await london.shows('web-paris', {
      ports: ['http 80', 'admin 9000'],
      podPorts: ['http 8080', 'admin 17000'],
    });
    await london.mirrors('web', { ports: ['https'] }).from('paris');
    await london.shows('web-paris', { ports: ['https 443'], podPorts: ['https 8443'] });
  },

  'a mirror of a port that is gone says so, and goes on as before': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
    await london.mirrors('web', { ports: ['admin'] }).from('paris');
    const before = await london.shows('web-paris', { ports: ['admin 9000'] });
    await paris.exports('web', { ports: ['http 80'] });
    await london.tells('web-paris', 'Ready=False/InvalidSpec', /no port "admin"; it has 80 \("http"\)/);
    assert.deepEqual((await london.service('web-paris')).spec, before.spec);
    await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
    await london.shows('web-paris', { ports: ['admin 9000'], stays: before });
  },

  'a port that no pod offers is told of, and the others serve': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80', 'admin 9000'] });
    await paris.edits(endpointSlices, 'web-ipv4', { ports: [{ name: 'http', port: 8080 }] });
    await london.mirrors('web').from('paris');
    await london.shows('web-paris', {
      message: /port admin: no (pod offers targetPort 9000|EndpointSlice of .* port named "admin")/,
    });
  },

  'how a service is exposed on nodes stays in Paris': async ({ london, paris }) => {
    await paris.exports('web', { ports: ['http 80'] });
    await london.mirrors('web').from('paris');
    const before = await london.shows('web-paris', { ports: ['http 80'] });
    const spec = { type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30_081 }] };
    await london.writes([], () => paris.changes('web', { spec }));
    await london.shows('web-paris', { ports: ['http 80'], stays: before, spec: { type: 'ClusterIP' } });
    const { spec: after } = await london.get(services, 'web-paris');
    assert.equal(after.ports?.[0]?.nodePort, undefined);
  },
};
