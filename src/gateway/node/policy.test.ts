import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { aPeer, type ListedState } from '../../../test/conformance/gatewaypair.js';
import { aCluster, type ClusterPki } from '../../../test/gen/pki.js';
import { trustPeers } from '../../pki/verify.js';
import type { Export, IngressState } from '../model.js';
import { admit, type Admission, policyOf, stillAdmitted, takesAway } from './policy.js';

const now = new Date('2026-03-01T12:00:00Z');
const target = { host: '10.0.0.1', port: 80 };
let london: ClusterPki;
let berlin: ClusterPki;
let state: ListedState;

before(async () => {
  const [paris, ...peers] = await Promise.all(
    ['paris', 'london', 'berlin'].map((name) => aCluster(name, { now })),
  );
  [london, berlin] = peers as [ClusterPki, ClusterPki];
  state = {
    ...{ cluster: 'paris', identity: paris!.ingress },
    peers: [aPeer('to-london', 'london', london.authority), aPeer('to-berlin', 'berlin', berlin.authority)],
    exports: [
      { serviceId: 's-both', target, protocol: { kind: 'tcp' }, allow: new Set(['to-london', 'to-berlin']) },
      { serviceId: 's-berlin', target, protocol: { kind: 'tcp' }, allow: new Set(['to-berlin']) },
    ],
  };
});

function policy(change: Partial<IngressState> = {}) {
  const changed = { ...state, ...change };
  return policyOf(changed, trustPeers(changed.peers, now).callers);
}

function ask(servername: string | undefined, { egress }: Pick<ClusterPki, 'egress'> = london) {
  return admit(policy(), { chain: [new X509Certificate(egress.cert).raw], servername }, now);
}

const operatorOf = ({ operator }: ClusterPki) => ({ egress: operator });

test('admit() lets a peer reach what is exported to it', () => {
  const expected = { link: 'to-london', role: 'gateway', uri: 'spiffe://london.mirror.internal/gateway' };
  const servername = 's-both.paris.mirror.internal';
  assert.deepEqual(ask(servername), { ...expected, servername, target });
});

test('admit() lets any peer have the peer channel, which has no target', () => {
  const admission = ask('gateway.paris.mirror.internal', berlin);
  assert.ok('link' in admission && admission.link === 'to-berlin' && !('target' in admission));
});

test('admit() lets the operator of a peer have the peer channel, and no service', () => {
  const admission = ask('gateway.paris.mirror.internal', operatorOf(london));
  assert.deepEqual(admission, {
    ...{ link: 'to-london', role: 'operator', uri: 'spiffe://london.mirror.internal/operator' },
    servername: 'gateway.paris.mirror.internal',
  });
  const refused = { refusal: 'NotAllowed', link: 'to-london' };
  assert.deepEqual(ask('s-both.paris.mirror.internal', operatorOf(london)), refused);
});

test('stillAdmitted() ends the channel of an operator with its Link', () => {
  const admission = ask('gateway.paris.mirror.internal', operatorOf(london)) as Admission;
  assert.equal(stillAdmitted(policy(), admission), true);
  for (const peers of [state.peers.slice(1), [{ ...state.peers[0]!, cluster: 'rome' }]])
    assert.equal(stillAdmitted(policy({ peers }), admission), false);
});

test('admit() takes names as they come: without case', () => {
  assert.ok('target' in ask('S-BOTH.Paris.mirror.INTERNAL'));
});

test('admit() says why not', () => {
  const link = 'to-london';
  assert.deepEqual(ask('s-berlin.paris.mirror.internal'), { refusal: 'NotAllowed', link });
  assert.deepEqual(ask('s-none.paris.mirror.internal'), { refusal: 'UnknownServerName', link });
  assert.deepEqual(ask('s-both.rome.mirror.internal'), { refusal: 'UnknownServerName', link });
  assert.deepEqual(ask('s-both'), { refusal: 'UnknownServerName', link });
  assert.deepEqual(ask(undefined), { refusal: 'NoServerName', link });
});

test('admit() asks who it is before it looks at the name', async () => {
  const stranger = await aCluster('madrid', { now });
  assert.deepEqual(ask('s-none.paris.mirror.internal', stranger), { refusal: 'UnknownPeer' });
});

const changes: Record<string, { change: () => Partial<IngressState>; stays: boolean }> = {
  'nothing has changed': { change: () => ({}), stays: true },
  'the target has moved': {
    change: () => ({ exports: [both({ target: { host: '10.0.0.2', port: 1 } })] }),
    stays: true,
  },
  'the peer has a new CA': {
    change: () => ({ peers: [{ ...state.peers[0]!, caBundle: berlin.authority.ca }] }),
    stays: true,
  },
  "the peer's bundle has turned bad": {
    change: () => ({ peers: [{ ...state.peers[0]!, caBundle: 'nonsense' }] }),
    stays: true,
  },
  'the export is gone': { change: () => ({ exports: [] }), stays: false },
  'the peer may no longer have it': {
    change: () => ({ exports: [both({ allow: new Set(['to-berlin']) })] }),
    stays: false,
  },
  'the link is gone': { change: () => ({ peers: state.peers.slice(1) }), stays: false },
  'the link stands for another cluster': {
    change: () => ({ peers: [{ ...state.peers[0]!, cluster: 'rome' }] }),
    stays: false,
  },
};

function both(change: Partial<Export>): Export {
  return { ...state.exports[0]!, ...change };
}

for (const [what, { change, stays }] of Object.entries(changes)) {
  test(`stillAdmitted() ${stays ? 'keeps' : 'ends'} a session when ${what}`, () => {
    const admission = ask('s-both.paris.mirror.internal') as Admission;
    assert.equal(stillAdmitted(policy(change()), admission), stays);
    // a session is looked at only if the change may end one
    if (!stays) assert.equal(takesAway(policy(), policy(change())), true);
  });
}

test('takesAway() is false when exports and peers only come', () => {
  const fewer = policy({ exports: [state.exports[0]!], peers: state.peers.slice(1) });
  assert.equal(takesAway(fewer, policy()), false);
  assert.equal(takesAway(policy(), fewer), true);
});

test('stillAdmitted() ends the peer channel of a link that is gone, and keeps it otherwise', () => {
  const admission = ask('gateway.paris.mirror.internal') as Admission;
  assert.equal(stillAdmitted(policy({ exports: [] }), admission), true);
  assert.equal(stillAdmitted(policy({ peers: [] }), admission), false);
});
