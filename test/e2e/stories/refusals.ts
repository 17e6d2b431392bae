import assert from 'node:assert/strict';
import { labelOf } from '../../../src/protocol/serviceid.js';
import { createAuthority, issueLeaf } from '../../../src/pki/ca.js';
import { readPeer } from '../connect.js';
import { serviceOf } from '../objects.js';
import type { Stage } from '../stage.js';
import { callIngress, egressIdentity, type Caller } from '../tunnel.js';

const exported = labelOf({ namespace: 'default', name: 'bar', port: 80 });
const hidden = labelOf({ namespace: 'default', name: 'hidden', port: 80 });

/** Paris's gateway answers London's certificate for what is exported, and for nothing else. */
export async function refuseUnexported({ london, paris }: Stage): Promise<void> {
  await paris.apply(serviceOf('hidden', { app: 'bar' }));
  const identity = await egressIdentity(london);
  assert.match(await call({ london, paris }, exported, { identity }), /^answer: HTTP\/1\.. 200/);
  assert.match(await call({ london, paris }, hidden, { identity }), /^refused: /);
}

/** Whoever cannot show a certificate of London's CA over TLS 1.3 gets nothing, not even what is exported. */
export async function refuseStrangers({ london, paris }: Stage): Promise<void> {
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
  { paris }: Pick<Stage, 'london' | 'paris'>,
  label: string,
  caller: Caller,
): Promise<string> {
  const outcome = await callIngress(paris, label, caller);
  return 'answer' in outcome ? `answer: ${outcome.answer}` : `refused: ${outcome.refused}`;
}
