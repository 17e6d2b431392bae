import { linkOf, type BadObject } from './written.js';

const gateway = (fields: unknown) => linkOf({ gateway: fields });
const probe = (fields: unknown) => gateway({ probe: fields });

/** Links whose gateway must be refused. */
export const badGateways: Readonly<Record<string, BadObject>> = {
  'a gateway address with a scheme': {
    object: gateway({ addresses: [{ host: 'https://gateway.example.com' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /bare IP address or DNS name, without scheme/,
  },
  'a gateway address with its port': {
    object: gateway({ addresses: [{ host: '192.0.2.1:4143' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /the port has a field of its own/,
  },
  'a mistyped IP address': {
    object: gateway({ addresses: [{ host: '192.0.2' }] }),
    field: 'spec.gateway.addresses[0].host',
    fix: /write a bare IP address or DNS name/,
  },
  'an empty list of gateway addresses': {
    object: gateway({ addresses: [] }),
    field: 'spec.gateway.addresses',
    fix: /at least 1|write 1 to 16 items/,
  },
  'gateway port 0': {
    object: gateway({ addresses: [{ host: '192.0.2.1', port: 0 }] }),
    field: 'spec.gateway.addresses[0].port',
    fix: /greater than or equal to 1|from 1 to 65535/,
  },
  'a probe period without a unit': {
    object: probe({ period: '3' }),
    field: 'spec.gateway.probe.period',
    fix: /from 100ms to 10m: a number and a unit/,
  },
  'a probe period as a number': {
    object: probe({ period: 3 }),
    field: 'spec.gateway.probe.period',
    fix: /must be of type string|a number and a unit/,
  },
  'a probe every millisecond': {
    object: probe({ period: '1ms' }),
    field: 'spec.gateway.probe.period',
    fix: /from 100ms to 10m/,
  },
  'a probe timeout of two minutes': {
    object: probe({ timeout: '2m' }),
    field: 'spec.gateway.probe.timeout',
    fix: /from 50ms to 1m/,
  },
  'a failure threshold of 0': {
    object: probe({ failureThreshold: 0 }),
    field: 'spec.gateway.probe.failureThreshold',
    fix: /greater than or equal to 1|from 1 to 100/,
  },
  'a probe path without a slash': {
    object: probe({ path: 'ready' }),
    field: 'spec.gateway.probe.path',
    fix: /begins with '\/'/,
  },
};
