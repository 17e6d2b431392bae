import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceSpec } from '../../test/gen/gen.js';
import { aHeadless, aNamedPod, aPodSlice, type PodAt } from '../../test/gen/pods.js';
import type { Endpoint, EndpointSlice, Pod } from '../api/objects.js';
import { isThatPod, type NamedPod, podsOf, reducePod, reducePodSlice } from './pods.js';

const service = aHeadless('db');
const slice = (...pods: PodAt[]) => aPodSlice('db', pods);
/** Slices with one endpoint each that differs from a good one. */
const changed = (fields: Partial<Endpoint>, more: Partial<EndpointSlice> = {}): EndpointSlice => {
  const one = slice(['db-0', '10.1.0.1']);
  return { ...one, ...more, endpoints: [{ ...one.endpoints![0]!, ...fields }] };
};
const read = (...slices: EndpointSlice[]) => podsOf(service, slices.map(reducePodSlice));
const addresses = (...slices: EndpointSlice[]) =>
  read(...slices).named.map(({ hostname, address }) => `${hostname} ${address}`);

describe('podsOf()', () => {
  it('finds the pods of all slices, in the order of their host names, with their ports', () => {
    const other = { ...slice(['db-0', '10.1.0.1']), ports: [{ name: 'db', port: 5433 }] };
    const { named, ...rest } = read(slice(['db-2', '10.1.0.3'], ['db-1', '10.1.0.2']), other);
    assert.deepEqual(
      named.map(({ hostname, address, ports }) => [hostname, address, ports]),
      [
        ['db-0', '10.1.0.1', { db: 5433 }],
        ['db-1', '10.1.0.2', { db: 5432 }],
        ['db-2', '10.1.0.3', { db: 5432 }],
      ],
    );
    assert.deepEqual(rest, { nameless: false, more: false });
  });

  const left: Readonly<Record<string, EndpointSlice>> = {
    'an endpoint that is no pod': changed({ targetRef: { kind: 'Node', name: 'db-0', uid: 'u' } }),
    'an endpoint that stands for nothing': changed({ targetRef: undefined as never }),
    'a pod without UID': changed({ targetRef: { kind: 'Pod', name: 'db-0' } }),
    'a pod of another namespace': changed({
      targetRef: { kind: 'Pod', namespace: 'bank', name: 'db-0', uid: 'u' },
    }),
    'a loopback address': changed({ addresses: ['127.0.0.1'] }),
    'a link-local address': changed({ addresses: ['169.254.169.254'] }),
    'a multicast address': changed({ addresses: ['224.0.0.1'] }),
    'no address': changed({ addresses: ['0.0.0.0'] }),
    'a loopback address in IPv6': changed({ addresses: ['::ffff:127.0.0.1'] }, { addressType: 'IPv6' }),
    'a name in place of an address': changed({ addresses: ['db.example.com'] }, { addressType: 'FQDN' }),
  };
  for (const [title, one] of Object.entries(left))
    it(`leaves out ${title}`, () => assert.deepEqual(addresses(one), []));

  it('knows whether there are pods without host names', () => {
    const nameless = changed({ hostname: undefined as never });
    assert.deepEqual(read(nameless), { named: [], nameless: true, more: false });
    assert.equal(read(slice(['db-0', '10.1.0.1']), nameless).named.length, 1);
    assert.equal(
      reducePodSlice({ ...nameless, endpoints: Array(100).fill(nameless.endpoints![0]!) }).endpoints?.length,
      1,
    );
  });

  it('takes a ready pod of a host name before others, and the same one every time', () => {
    const pod = (name: string, address: string, ready: boolean): Endpoint => ({
      ...{ addresses: [address], hostname: 'db', conditions: { ready } },
      targetRef: { kind: 'Pod', name, uid: name },
    });
    const all = [pod('c', '10.1.0.3', true), pod('a', '10.1.0.1', false), pod('b', '10.1.0.2', true)];
    for (const endpoints of [all, all.toReversed()])
      assert.deepEqual(addresses({ ...slice(), endpoints }), ['db 10.1.0.2']);
    assert.deepEqual(addresses({ ...slice(), endpoints: [all[1]!] }), ['db 10.1.0.1']);
  });

  it("takes the address of the Service's first family, and another one if there is no such", () => {
    const six: EndpointSlice = { ...slice(['db-0', 'fd00::1']), addressType: 'IPv6' };
    assert.deepEqual(addresses(six, slice(['db-0', '10.1.0.1'])), ['db-0 10.1.0.1']);
    assert.deepEqual(addresses(six), ['db-0 fd00::1']);
    const dual = aHeadless('db', serviceSpec({ ipFamilies: ['IPv6', 'IPv4'] }));
    const { named } = podsOf(dual, [slice(['db-0', '10.1.0.1']), six].map(reducePodSlice));
    assert.equal(named[0]?.address, 'fd00::1');
  });

  it('takes 256 host names at most', () => {
    const many = Array.from({ length: 300 }, (_, i): PodAt => [`db-${i}`, `10.1.${i >> 8}.${i & 255}`]);
    const { named, more } = read(slice(...many));
    assert.deepEqual([named.length, more], [256, true]);
  });

  it('keeps of a slice only what it reads', () => {
    const kept = reducePodSlice({ ...slice(['db-0', '10.1.0.1']), ...({ extra: 'x' } as object) });
    assert.deepEqual(Object.keys(kept).toSorted(), [
      'addressType',
      'apiVersion',
      'endpoints',
      'kind',
      'metadata',
      'ports',
    ]);
    assert.deepEqual(kept.metadata.labels, { 'kubernetes.io/service-name': 'db' });
  });
});

describe('isThatPod()', () => {
  const named: NamedPod = read(slice(['db-0', '10.1.0.1'])).named[0]!;
  const pod = aNamedPod('db', ['db-0', '10.1.0.1']);
  const other = (fields: { metadata?: object; spec?: object; status?: object }): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, ...fields.metadata },
    spec: { ...pod.spec, ...fields.spec },
    status: { ...pod.status, ...fields.status },
  });

  it('is true of the pod that a slice describes, reduced as it is kept', () => {
    assert.equal(isThatPod(service, named, pod), true);
    assert.equal(isThatPod(service, named, reducePod(pod)), true);
    const dual = other({ status: { podIP: 'fd00::1', podIPs: [{ ip: 'fd00::1' }, { ip: '10.1.0.1' }] } });
    assert.equal(isThatPod(service, named, reducePod(dual)), true);
  });

  const wrong: Readonly<Record<string, Pod>> = {
    'has another address': other({ status: { podIP: '10.1.0.2', podIPs: [{ ip: '10.1.0.2' }] } }),
    'has no address': other({ status: { podIP: undefined, podIPs: undefined } }),
    'is another one of the same name': other({ metadata: { uid: 'later' } }),
    'has another name': other({ metadata: { name: 'db-1' } }),
    'is in another namespace': other({ metadata: { namespace: 'bank' } }),
    'has another host name': other({ spec: { hostname: 'db-1' } }),
    'belongs to another Service': other({ spec: { subdomain: 'web' } }),
    'is not selected by the Service': other({ metadata: { labels: { app: 'web' } } }),
    'has the address of its node': other({ spec: { hostNetwork: true } }),
  };
  for (const [title, one] of Object.entries(wrong))
    it(`is false of a pod that ${title}`, () =>
      assert.equal(isThatPod(service, named, reducePod(one)), false));
});
