import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aCluster } from '../../../test/gen/pki.js';
import { systemClock } from '../../runtime/clock.js';
import type { Address } from '../../net/address.js';
import type { Peer } from '../../protocol/peer.js';
import { createCallees } from './callees.js';

const paris = await aCluster('paris');
const names: Readonly<Record<string, readonly string[]>> = {
  'two.example': ['192.0.2.2', '192.0.2.1'],
  'home.example': ['::1'],
  'both.example': ['2001:db8::1', '192.0.2.1'],
  'many.example': Array.from({ length: 100 }, (_, at) => `10.0.0.${at}`),
};
const resolver = {
  async resolve(host: string) {
    const found = names[host];
    if (found === undefined) throw new Error(`no address found for ${host}`);
    return found;
  },
};
const at = (host: string, port = 4143): Address => ({ host, port });

/** Endpoints of a peer at these addresses, those that are good with a star, and what is wrong. */
async function called(
  addresses: readonly Address[],
  answering: readonly Address[] = [],
  more: Pick<Peer, 'published'> = {},
) {
  const peer: Peer = {
    ...more,
    ...{ link: 'paris', cluster: 'paris', caBundle: paris.authority.ca, addresses },
    probe: { period: 1, timeout: 1, failureThreshold: 1, successThreshold: 1 },
  };
  const callees = createCallees({ clock: systemClock, resolver, answering: () => answering });
  const { called, missing } = await callees([peer]);
  return {
    endpoints: called[0]!.endpoints.map(({ ip, good }) => (good ? `${ip}*` : ip)),
    problems: missing.map(({ message }) => message),
    reasons: missing.map(({ kind, reason }) => `${kind} ${reason}`),
  };
}

describe('createCallees()', () => {
  it('takes all addresses of a name, in an order of its own', async () => {
    assert.deepEqual((await called([at('two.example')])).endpoints, ['192.0.2.1', '192.0.2.2']);
    assert.deepEqual((await called([at('both.example')])).endpoints, ['192.0.2.1', '2001:db8::1']);
  });

  it('takes an endpoint once that two names lead to', async () => {
    const { endpoints } = await called([at('two.example'), at('both.example'), at('192.0.2.1')]);
    assert.deepEqual(endpoints, ['192.0.2.1', '192.0.2.2', '2001:db8::1']);
  });

  it('passes over one address of a name that does not answer while another does', async () => {
    const { endpoints } = await called([at('two.example')], [at('two.example'), at('192.0.2.2')]);
    assert.deepEqual(endpoints, ['192.0.2.1', '192.0.2.2*']);
  });

  it('takes a name for good that answered, when all its addresses are new', async () => {
    const { endpoints } = await called([at('two.example')], [at('two.example'), at('192.0.2.9')]);
    assert.deepEqual(endpoints, ['192.0.2.1*', '192.0.2.2*']);
  });

  it('goes on with the rest when a name has no address, and names it', async () => {
    const { endpoints, problems } = await called([at('gone.example'), at('192.0.2.1')]);
    assert.deepEqual(endpoints, ['192.0.2.1']);
    assert.deepEqual(problems, ['link paris: no address found for gone.example']);
  });

  it('says that a peer is nowhere when none of its addresses can be used', async () => {
    const nowhere = await called([at('gone.example')]);
    assert.deepEqual(nowhere.reasons, ['address AddressUnusable', 'link NoAddress']);
    assert.deepEqual((await called([])).reasons, ['link NoAddress']);
    assert.deepEqual((await called([at('gone.example'), at('192.0.2.1')])).reasons, [
      'address AddressUnusable',
    ]);
  });

  it('passes over what a peer published that leads to this host, and names it', async () => {
    const addresses = [at('127.0.0.1'), at('home.example'), at('192.0.2.1')];
    const { endpoints, problems } = await called(addresses, [], { published: true });
    assert.deepEqual(endpoints, ['192.0.2.1']);
    assert.deepEqual(
      problems.map((message) => message.split(',')[0]),
      ['link paris: 127.0.0.1 is not dialled', 'link paris: home.example leads to ::1'],
    );
    assert.deepEqual((await called(addresses)).endpoints, ['127.0.0.1', '192.0.2.1', '::1']);
  });

  it('takes 64 at most, and of those that answer all', async () => {
    const good = [at('10.0.0.98'), at('10.0.0.99')];
    const { endpoints } = await called([at('many.example')], good);
    assert.equal(endpoints.length, 64);
    assert.deepEqual(
      endpoints.filter((endpoint) => endpoint.endsWith('*')),
      ['10.0.0.98*', '10.0.0.99*'],
    );
  });
});
