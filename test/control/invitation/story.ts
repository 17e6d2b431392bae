import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { conditionOf } from '../../../src/api/conditions.js';
import { mostAttempts } from '../../../src/api/invitation.js';
import { invitations, links, serviceMirrors } from '../../../src/api/resources.js';
import { accept, type AcceptFlags } from '../../../src/cmd/accept.js';
import { invite, type InviteFlags } from '../../../src/cmd/invite.js';
import { readCode, writeCode } from '../../../src/protocol/invitecode.js';
import type { Implementation } from '../../../src/gateway/model.js';
import { systemClock } from '../../../src/runtime/clock.js';
import { createKube } from '../../../src/runtime/kube.js';
import { parseRemote } from '../../../src/runtime/remotekubeconfig.js';
import { ownNamespace } from '../../driver/cluster.js';
import { eventually } from '../../driver/eventually.js';
import { startServing, type ServingDriver } from '../../driver/gateways.js';
import { runInProcess } from '../../driver/inprocess.js';
import { call, startEchoServer } from '../../driver/traffic.js';
import { aMirror, aNamespace, aService, aSlice, endpoint, exported, of, port } from '../../gen/gen.js';

const patience = 90_000;
const exports = {
  services: { matchLabels: { 'mirror.linkerd.io/exported': 'true' } },
  allowSelectorless: true,
};

/** Two people link two clusters by a code; neither has the credentials of the other's cluster. */
export function playInvitation(what: string, implementation: () => Promise<Implementation>): void {
  suite(`an invitation, ${what}`, () => {
    let london: ServingDriver;
    let paris: ServingDriver;
    let server: Awaited<ReturnType<typeof startEchoServer>>;
    const accounts = new Map<ServingDriver, string>();

    before(async () => {
      const net = `127.${180 + (process.pid % 60)}.${Math.floor(Math.random() * 250)}`;
      const made = await implementation();
      const open = (clusterName: string, host: string) =>
        startServing(clusterName, {
          ...{ host, implementation: made },
          startOperator: async (cluster) =>
            runInProcess(await cluster.access('service-mirror-operator'), {
              clusterName,
              egressAddresses: [host],
            }),
        });
      [london, paris] = await Promise.all([open('london', `${net}.2`), open('paris', `${net}.3`)]);
      await Promise.all([london.published(), paris.published()]);
      server = await startEchoServer();
    });
    after(async () => {
      await Promise.all([london, paris].map((cluster) => cluster.close()));
      server.close();
    });

    /** Runs a command in the operator's pod of a cluster: under its account, and with nothing else. */
    async function inPod(
      cluster: ServingDriver,
      command: (options: Parameters<typeof invite>[1]) => Promise<void>,
    ): Promise<{ readonly out: string; readonly said: string }> {
      const account = accounts.get(cluster) ?? (await cluster.access('service-mirror-operator'));
      accounts.set(cluster, account);
      const kube = createKube(parseRemote(account), { fieldManager: 'service-mirror-invite' });
      const [out, said]: string[][] = [[], []];
      try {
        await command({
          ...{ kube, clock: systemClock },
          print: (text) => void out!.push(text),
          say: (line) => void said!.push(line),
        });
      } finally {
        await kube.close();
      }
      return { out: out!.join(''), said: said!.join('\n') };
    }
    const invites = (link: string, more: Partial<InviteFlags> = {}) =>
      inPod(paris, (options) =>
        invite(
          {
            ...{ namespace: ownNamespace, link, validFor: 900_000, exports },
            ...{ addresses: [{ host: paris.host, port: 4143 }], ...more },
          },
          options,
        ),
      );
    const accepts = (code: string, more: Partial<AcceptFlags> = {}) =>
      inPod(london, (options) => accept({ namespace: ownNamespace, dryRun: false, code, ...more }, options));
    /** The gateway lets strangers in when it has seen the Invitation. */
    const acceptsSoon = (code: string, more: Partial<AcceptFlags> = {}) =>
      eventually(() => accepts(code, more), patience);
    const reasonOf = async (name: string) => conditionOf(await paris.get(invitations, name), 'Ready')?.reason;
    const nameIn = (said: string) => /Invitation (\S+):/.exec(said)?.[1] ?? '';

    test('is shown before it is taken, used once, and links both sides', async () => {
      const invited = await invites('london');
      const code = invited.out.trim();
      const name = nameIn(invited.said);
      await eventually(async () => assert.equal(await reasonOf(name), 'Open'), patience);

      const shown = await acceptsSoon(code, { dryRun: true });
      assert.match(shown.said, /cluster {2}paris \(UID \S+\), at 127\./);
      assert.match(shown.said, /CA {7}sha256:[0-9a-f]{64}/);
      assert.match(shown.said, /to us: Services with mirror\.linkerd\.io\/exported=true/);
      assert.equal(shown.out, '');
      assert.equal(await reasonOf(name), 'Open');

      const { out } = await accepts(code);
      await eventually(async () => assert.equal(await reasonOf(name), 'Linked'), patience);
      const ofParis = await paris.get(links, 'london');
      const { cluster, caBundle } = await london.published();
      assert.deepEqual(ofParis.spec.peer, { cluster, caBundle });
      assert.deepEqual(ofParis.spec.exports, exports);

      await london.kubectl.apply(out);
      const ofLondon = await london.get(links, 'paris');
      assert.equal(ofLondon.spec.peer?.caBundle, (await paris.published()).caBundle);
      assert.equal(ofLondon.spec.credentialsSecretRef, undefined);

      await assert.rejects(
        accepts(code, { name: 'again' }),
        /closed the connection|NotOpen|there is a Link to/,
      );
    });

    test('carries bytes', async () => {
      await Promise.all([london, paris].map((cluster) => cluster.applies(aNamespace('shop'))));
      await paris
        .in('shop')
        .applies(aService('echo', port(server.port), exported), aSlice('echo', endpoint('10.7.0.1')));
      await london.in('shop').applies(aMirror('echo', of('paris', 'shop/echo')));
      const gatewayPort = await eventually(async () => {
        const { status } = await london.in('shop').get(serviceMirrors, 'echo');
        const found = status?.ports?.[0]?.gatewayPort;
        assert.ok(found !== undefined);
        return found;
      }, patience);
      await eventually(() => call({ host: london.host, port: gatewayPort }), patience);
    });

    test('says on both sides, in Events, who linked whom', async () => {
      const told = async (cluster: ServingDriver, reason: string) =>
        (
          await cluster.kubectl(
            'get',
            'events.v1.events.k8s.io',
            '-A',
            '-o',
            'json',
            `--field-selector=reason=${reason}`,
          )
        ).toString();
      await eventually(async () => {
        const linked = JSON.parse(await told(paris, 'Linked')) as {
          items: { regarding: { kind: string }; note: string }[];
        };
        const kinds = linked.items.map(({ regarding }) => regarding.kind);
        assert.ok(kinds.includes('Link') && kinds.includes('Invitation'), kinds.join());
        assert.ok(linked.items.every(({ note }) => note.includes('cluster london')));
      }, patience);
      assert.match(await told(london, 'InvitationAccepted'), /Link paris to cluster paris/);
    });

    test('is void after five attempts with a wrong secret, and nothing keeps the right one', async () => {
      const invited = await invites('rome');
      const right = readCode(invited.out);
      const stored = await paris.kubectl('get', 'sminv', '-o', 'yaml');
      for (const form of ['hex', 'base64', 'base64url'] as const)
        assert.ok(!stored.includes(right.secret.toString(form)));
      const forged = writeCode({ ...right, secret: Buffer.alloc(20, 1) });
      for (let attempts = 1; attempts <= mostAttempts; attempts += 1)
        await eventually(async () => {
          await assert.rejects(accepts(forged, { name: 'rome' }), /NotOpen/);
        }, patience);
      // the operator says TooManyAttempts when so many changes of one object have had their rest
      const { status } = await paris.get(invitations, nameIn(invited.said));
      assert.equal(status?.attempts, mostAttempts);
      // the other invitation, which has just been redeemed, still lets strangers in
      await assert.rejects(accepts(invited.out, { name: 'rome' }), /NotOpen|was not reached/);
    });

    test('whose Link exists is refused', async () => {
      await assert.rejects(invites('london'), /there is a Link london already/);
    });

    test('that was deleted is worth nothing', async () => {
      const invited = await invites('oslo');
      const code = invited.out.trim();
      await paris.kubectl('delete', 'sminv', nameIn(invited.said));
      await eventually(() => assert.rejects(accepts(code, { name: 'another', dryRun: true })), patience);
    });
  });
}
