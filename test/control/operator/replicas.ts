import type { LightDriver } from '../../driver/light.js';
import { startOperator, type Operator } from '../../driver/operator.js';
import { eventually } from '../../driver/eventually.js';

/** An operator whose requests the audit log tells from those of others. */
export interface Replica extends Operator {
  /** Its credential in the audit log. */
  readonly credential: string;
  /** The Lease that it leads with; undefined: it follows. */
  lease(): Promise<string | undefined>;
}

/** Starts an operator under the rights of the manifests, with a token of its own. */
export async function startReplica(cluster: LightDriver, ...flags: string[]): Promise<Replica> {
  const access = await cluster.access('service-mirror-operator');
  const { users } = JSON.parse(access) as { users: { user: { token: string } }[] };
  const [, claims = ''] = users[0]?.user.token.split('.') ?? [];
  const { jti } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string };
  const operator = await startOperator(access, ...flags);
  return {
    ...operator,
    credential: `JTI=${jti}`,
    async lease() {
      const lines = await operator.log();
      return lines.find(({ message }) => message === 'leading')?.lease;
    },
  };
}

/** Waits until each of these Leases has a leader, and gives the leaders in their order. */
export async function leadersOf(
  replicas: readonly Replica[],
  names: readonly string[],
  within: number,
): Promise<Replica[]> {
  return eventually(async () => {
    const held = await Promise.all(replicas.map((replica) => replica.lease()));
    return names.map((name) => {
      const leader = replicas[held.indexOf(name)];
      if (leader === undefined) throw new Error(`nobody leads ${name}: ${held.join()}`);
      return leader;
    });
  }, within);
}
