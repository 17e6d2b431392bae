import { epoch } from './gen.js';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of ServiceAccount `service-mirror/peer-london` that is good for 90 days from the epoch; claims win. */
export function aToken(claims: object = {}): string {
  const iat = epoch / 1000;
  const sub = 'system:serviceaccount:service-mirror:peer-london';
  const payload = { iss: 'https://kubernetes.default.svc', sub, iat, exp: iat + 90 * 86_400, ...claims };
  return `${part({ alg: 'RS256' })}.${part(payload)}.${Buffer.from('signature').toString('base64url')}`;
}
