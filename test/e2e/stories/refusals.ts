import assert from 'node:assert/strict';
import { serviceIdOf } from '../../../src/protocol/serviceid.js';
import { createAuthority, issueLeaf } from '../../../src/pki/ca.js';
import { readPeer } from '../connect.js';
import { serviceOf } from '../objects.js';
import type { E2eClusters } from '../stage.js';
import { callIngress, egressIdentity, type Caller } from '../tunnel.js';

const exported = serviceIdOf({ namespace: 'default', name: 'bar', port: 80 });
const hidden = serviceIdOf({ namespace: 'default', name: 'hidden', port: 80 });

/** Paris's gateway answers London's certificate for what is exported, and for nothing else. */
export async function refuseUnexported({ london, paris }: E2eClusters): Promise<void> {
  await paris.apply(serviceOf('hidden', { app: 'bar' }));
  const identity = await egressIdentity(london);
  assert.match(await call({ london, paris }, exported, { identity }), /^answer: HTTP\/1\.. 200/);
  assert.match(await call({ london, paris }, hidden, { identity }), /^refused: /);
}

/** Whoever cannot show a certificate of London's CA over TLS 1.3 gets nothing, not even what is exported. */
export async function refuseStrangers({ london, paris }: E2eClusters): Promise<void> {
  const identity = await egressIdentity(london);
  const { cluster } = await readPeer(london);
  const now = new Date();
  const strangers: Record<string, Caller> = {
    'the same names under another CA': {
      identity: await issueLeaf(await createAuthority(cluster, { now }), 'egress', { cluster, now }),
    },
    "Paris's own certificate": { identity: await egressIdentity(paris) },
    'no certificate': {},
    'TLS 1.2': { identity, version: 'TLSv1.2' },
  };
  for (const [who, caller] of Object.entries(strangers)) {
    assert.match(await call({ london, paris }, exported, caller), /^refused: /, who);
  }
  assert.match(await call({ london, paris }, exported, { identity }), /^answer: /);
}

async function call(
  { paris }: Pick<E2eClusters, 'london' | 'paris'>,
  serviceId: string,
  caller: Caller,
): Promise<string> {
  const outcome = await callIngress(paris, serviceId, caller);
  return 'answer' in outcome ? `answer: ${outcome.answer}` : `refused: ${outcome.refused}`;
}
