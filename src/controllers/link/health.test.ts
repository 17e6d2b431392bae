import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aLink,
  aReport,
  anEgressPod,
  condition,
  exportOnly,
  over,
  someFacts,
  spec,
} from '../../../test/gen/gen.js';
import { aFakeCluster, type FakeCluster } from '../../../test/gen/cluster.js';
import { conditionOf } from '../../api/conditions.js';
import type { Link } from '../../api/link.js';
import type { PeerDecision } from '../../peers/decide.js';
import type { GatewayFacts } from '../../transport/transport.js';
import { healthCondition, reconcileHealth } from './health.js';

const probe = { period: 3_000, timeout: 2_000, failureThreshold: 3, successThreshold: 1 };
const peer = (...hosts: string[]): PeerDecision => ({
  kind: 'peer',
  peer: {
    link: 'paris',
    cluster: 'paris-1',
    caBundle: '',
    addresses: hosts.map((host) => ({ host, port: 4143 })),
    probe,
  },
});
const known = peer('192.0.2.1');
const pod = (name: string, report: object = {}) => anEgressPod(name, { report: aReport([], report) });
const failed = { healthy: false, reason: 'ProbeFailed', message: 'connection refused' };
const unresolved = { healthy: false, reason: 'Unresolved', message: 'no such host' };
const never = anEgressPod('new', { report: { healthy: false, answering: [] } });
const silent = anEgressPod('silent', { silent: true });

/** A peer that dials in, or one that we dial. */
const dialling = (more: object): PeerDecision => {
  assert.ok(known.kind === 'peer');
  return { ...known, peer: { ...known.peer, addresses: [], ...more } };
};

interface Case {
  link?: Link;
  peer?: PeerDecision | undefined;
  facts?: GatewayFacts;
  /** `status reason`, or that nothing is said. */
  says: string | undefined;
  message?: RegExp;
}

const cases: Record<string, Case> = {
  'flat uses no gateway': { link: aLink('paris', over('flat')), says: 'Unknown NotUsed' },
  'linkerd: nothing is known before the first probe': {
    link: aLink('paris', over('linkerd')),
    says: undefined,
  },
  'linkerd: the gateway answers': {
    link: aLink('paris', over('linkerd')),
    facts: someFacts([], {
      probed: { addresses: [], health: { healthy: true, reason: 'Healthy', message: 'it answers' } },
    }),
    says: 'True Healthy',
  },
  'linkerd: the gateway does not answer': {
    link: aLink('paris', over('linkerd')),
    facts: someFacts([], {
      probed: { addresses: [], health: { healthy: false, reason: 'ProbeFailed', message: 'refused' } },
    }),
    says: 'False ProbeFailed',
    message: /refused/,
  },
  'a peer that is in conflict': {
    peer: { kind: 'problem', reason: 'PeerConflict', message: 'two Links' },
    says: 'False PeerConflict',
    message: /two Links/,
  },
  'a peer that is not known yet': {
    peer: { kind: 'problem', reason: 'Pending', message: 'nothing published' },
    says: 'Unknown Pending',
  },
  'a Link that only exports': { link: aLink('paris', exportOnly), says: 'Unknown NotUsed' },
  'a Link that only exports, to a peer that is not known': {
    link: aLink('paris', exportOnly),
    peer: { kind: 'problem', reason: 'Pending', message: 'set spec.peer' },
    says: 'Unknown Pending',
  },
  'nothing is settled': { peer: undefined, says: undefined },
  'a peer that publishes no address': {
    peer: peer(),
    says: 'False Unresolved',
    message: /service-mirror-ingress/,
  },
  'egress gateways that have not been asked': {
    facts: { egress: { complete: false, pods: [] } },
    says: undefined,
  },
  'no egress gateway runs': {
    facts: someFacts([]),
    says: 'False NoLocalGateway',
    message: /no egress gateway pod runs/,
  },
  'no egress gateway answers': {
    facts: someFacts([silent]),
    says: 'False NoLocalGateway',
    message: /answers/,
  },
  'an egress gateway that has not heard of the Link': {
    facts: someFacts([anEgressPod('a', { report: undefined })]),
    says: undefined,
  },
  'an egress gateway that has not probed yet': { facts: someFacts([never]), says: undefined },
  'every egress gateway reaches it': {
    facts: someFacts([pod('a'), pod('b')]),
    says: 'True Healthy',
    message: /^192\.0\.2\.1:4143 answers$/,
  },
  'one of two egress gateways reaches it': {
    facts: someFacts([pod('a'), pod('b', failed), silent, never]),
    says: 'True Healthy',
    message: /1 of 2 egress gateways do not reach it: connection refused/,
  },
  'a peer that publishes what cannot be used': {
    peer: { ...known, remark: 'ca.crt: it expired' } as PeerDecision,
    says: 'True Healthy',
    message: /answers; ca\.crt: it expired$/,
  },
  'no egress gateway reaches it': {
    facts: someFacts([pod('a', failed), pod('b', failed)]),
    says: 'False ProbeFailed',
    message: /connection refused/,
  },
  'a peer that dials in and answers': {
    link: aLink('paris', exportOnly),
    peer: dialling({ dialsIn: true }),
    facts: someFacts([pod('a', { dialledIn: 2, answering: ['127.0.0.1:40000'] })]),
    says: 'True Healthy',
    message: /^cluster "paris-1", which dials in, answers$/,
  },
  'a peer that has not dialled in': {
    peer: dialling({ dialsIn: true }),
    facts: someFacts([
      pod('a', { ...failed, dialledIn: 0, message: 'no gateway of the peer has dialled in' }),
    ]),
    says: 'False ProbeFailed',
    message: /no gateway of the peer has dialled in/,
  },
  'its name does not resolve': { facts: someFacts([pod('a', unresolved)]), says: 'False Unresolved' },
};

describe('healthVerdict()', () => {
  for (const [
    sentence,
    { link = aLink(), facts = someFacts([pod('a')]), says, message, ...rest },
  ] of Object.entries(cases)) {
    it(`of ${sentence}`, () => {
      const desired = healthCondition(link, 'peer' in rest ? rest.peer : known, facts);
      assert.equal(desired && `${desired.status} ${desired.reason}`, says);
      if (message !== undefined) assert.match(desired?.message ?? '', message);
    });
  }

  it('names each answering address once, in a stable order', () => {
    const facts = someFacts([
      pod('a', { answering: ['b:4143', 'a:4143'] }),
      pod('b', { answering: ['a:4143'] }),
    ]);
    assert.match(healthCondition(aLink(), known, facts)?.message ?? '', /^a:4143, b:4143 answers$/);
  });
});

describe('reconcileHealth()', () => {
  function run(fake: FakeCluster, o: { peer?: PeerDecision } = {}) {
    const probed: string[] = [];
    const probes = {
      ensure: (link: Readonly<Link>) => void probed.push(`ensure ${link.metadata.name}`),
      drop: (name: string) => void probed.push(`drop ${name}`),
      get: () => undefined,
      stop: () => undefined,
    };
    const registry = { ...fake.registry, peer: () => o.peer ?? known };
    return { probed, reconcile: reconcileHealth({ ...fake, registry, probes }) };
  }

  it('writes its condition and the addresses, and nothing when it looks again', async () => {
    const fake = aFakeCluster(aLink());
    fake.gateways = someFacts([pod('a')]);
    const { reconcile } = run(fake, { peer: peer('2001:db8::1', '192.0.2.1') });
    await reconcile('paris');
    await reconcile('paris');
    assert.deepEqual(fake.written(), ['status links paris']);
    const status = fake.caches.links.get('paris')?.status;
    assert.deepEqual(status?.gateway, {
      addresses: ['[2001:db8::1]:4143', '192.0.2.1:4143'],
      display: '[2001:db8::1]:4143 +1',
    });
    assert.equal(conditionOf({ status: status ?? {} }, 'GatewayHealthy')?.status, 'True');
  });

  it('leaves the conditions of others alone', async () => {
    const fake = aFakeCluster(
      aLink(
        'paris',
        (draft) => (draft.status = { conditions: [condition('Connected'), condition('Ready')] }),
      ),
    );
    fake.gateways = someFacts([pod('a')]);
    await run(fake).reconcile('paris');
    assert.deepEqual(
      fake.caches.links
        .get('paris')
        ?.status?.conditions?.map(({ type }) => type)
        .toSorted(),
      ['Connected', 'GatewayHealthy', 'Ready'],
    );
  });

  it('shows how many gateways of a peer have dialled in, and where a peer is dialled', async () => {
    const cases: [PeerDecision, string][] = [
      [dialling({ dialsIn: true }), 'dialled in (3)'],
      [dialling({ dialAt: [{ host: 'hub', port: 4145 }] }), 'dials hub:4145'],
    ];
    for (const [peer, display] of cases) {
      const fake = aFakeCluster(aLink());
      fake.gateways = someFacts([pod('a', { dialledIn: 1 }), pod('b', { dialledIn: 2 }), silent]);
      await run(fake, { peer }).reconcile('paris');
      assert.deepEqual(fake.caches.links.get('paris')?.status?.gateway, { display });
    }
  });

  const addresses: Record<string, { link: Link; peer: PeerDecision; are: string[] | undefined }> = {
    'those in the Link while the peer is not resolved': {
      link: aLink('paris', spec({ gateway: { addresses: [{ host: 'gw.example.com', port: 443 }] } })),
      peer: { kind: 'problem', reason: 'PeerConflict', message: 'two Links' },
      are: ['gw.example.com:443'],
    },
    'none where none are known': {
      link: aLink(),
      peer: { kind: 'problem', reason: 'PeerConflict', message: 'two Links' },
      are: undefined,
    },
    'none where no gateway is used': { link: aLink('paris', over('flat')), peer: known, are: undefined },
  };
  for (const [sentence, { link, peer, are }] of Object.entries(addresses)) {
    it(`shows the addresses in use, ${sentence}`, async () => {
      const fake = aFakeCluster(link);
      await run(fake, { peer }).reconcile('paris');
      assert.deepEqual(fake.caches.links.get('paris')?.status?.gateway?.addresses, are);
      assert.equal('gateway' in (fake.caches.links.get('paris')?.status ?? {}), are !== undefined);
    });
  }

  it('keeps what was said while nothing is known', async () => {
    const fake = aFakeCluster(aLink());
    fake.gateways = { egress: { complete: false, pods: [] } };
    await run(fake).reconcile('paris');
    assert.deepEqual(fake.written(), []);
  });

  const probing: Record<string, { objects: Link[]; is: string[] }> = {
    'a Link of transport linkerd': {
      objects: [
        aLink(
          'paris',
          spec({
            transport: 'linkerd',
            gateway: { addresses: [{ host: '192.0.2.1', port: 4143 }], identity: 'gw.example.com' },
          }),
        ),
      ],
      is: ['ensure paris'],
    },
    'no other Link': { objects: [aLink()], is: ['drop paris'] },
    'no Link that is gone': { objects: [], is: ['drop paris'] },
    'no Link whose spec is not sound': {
      objects: [aLink('paris', spec({ transport: 'linkerd' }))],
      is: ['drop paris'],
    },
  };
  for (const [sentence, { objects, is }] of Object.entries(probing)) {
    it(`probes ${sentence}`, async () => {
      const { probed, reconcile } = run(aFakeCluster(...objects));
      await reconcile('paris');
      assert.deepEqual(probed, is);
    });
  }
});
