import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { before, test, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { aConfigMap, aLink, spec } from '../../test/gen/gen.js';
import { aCluster, type ClusterPki } from '../../test/gen/pki.js';
import type { Link } from '../api/link.js';
import type { KubeObject } from '../api/objects.js';
import { keyOf, type Resource } from '../api/resources.js';
import { ownNames } from '../api/names.js';
import { keyPinOf } from '../pki/keypin.js';
import { encodeIdentity, type Identity } from '../protocol/identity.js';
import { encodeAnswer, encodeFacts, encodeRefusal } from '../protocol/invitation.js';
import { writeCode, type InviteCode } from '../protocol/invitecode.js';
import { systemClock } from '../runtime/clock.js';
import { ApiError } from '../runtime/errors.js';
import type { KubeClient } from '../runtime/kube.js';
import { accept, type AcceptFlags } from './accept.js';

let london: ClusterPki;
let paris: ClusterPki;
let lyon: ClusterPki;
before(async () => {
  [london, paris, lyon] = await Promise.all([aCluster('london'), aCluster('paris'), aCluster('lyon')]);
});

const identityOf = ({ cluster, authority }: ClusterPki): Identity => ({
  ...{ cluster, uid: `uid-${cluster}`, caBundle: authority.cert, addresses: [] },
});

/** The gateway of Paris. @param redeem what it answers, by the number of the request; undefined: it hangs up */
async function startParis(
  t: TestContext,
  {
    identity = identityOf(paris),
    redeem = () => ({ status: 200, text: encodeAnswer({ identity, exports: 'all Services' }) }),
  }: { identity?: Identity; redeem?: (at: number) => { status: number; text: string } | undefined } = {},
) {
  const acts: string[] = [];
  const { cert, key } = paris.ingress;
  const server = createServer({ cert, key }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.method === 'GET')
        return response.end(encodeFacts({ cluster: 'paris', caBundle: paris.authority.cert }));
      const { act } = JSON.parse(body) as { act: string };
      acts.push(act);
      const count = acts.filter((one) => one === 'redeem').length;
      const look = { status: 200, text: encodeAnswer({ identity, exports: 'all Services' }) };
      const answer = act === 'look' ? look : redeem(count);
      if (answer === undefined) return void request.socket.destroy();
      response.writeHead(answer.status).end(answer.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const code = (changes: Partial<InviteCode> = {}) =>
    writeCode({
      ...{ id: '4f2a9c1e', secret: Buffer.alloc(20, 7), cluster: 'paris' },
      ...{ pins: [keyPinOf(new X509Certificate(paris.authority.cert))], expires: 4_000_000_000_000 },
      ...{ addresses: [{ host: '127.0.0.1', port }], ...changes },
    });
  return { acts, code, port };
}

/** London, with these Links; what is created there is noted. */
function inLondon(...links: Link[]) {
  const created: KubeObject[] = [];
  const [out, said]: string[][] = [[], []];
  const configMap = (name: string, data: Record<string, string>) => aConfigMap(name, data);
  const objects = new Map<string, KubeObject>([
    [`service-mirror/${ownNames.identity}`, configMap(ownNames.identity, encodeIdentity(identityOf(london)))],
    [`service-mirror/${ownNames.peers}`, configMap(ownNames.peers, {})],
    ...links.map((link) => [keyOf(link), link] as const),
  ]);
  const kube = {
    fieldManager: 'test',
    async get(_r: Resource, key: string) {
      const found = objects.get(key);
      if (found === undefined) throw new ApiError('none', { status: 404, reason: 'NotFound' });
      return found;
    },
    list: async () => ({ items: links }),
    create: async (_r: Resource, object: KubeObject) => (created.push(object), object),
  } as unknown as KubeClient;
  const run = (code: string, flags: Partial<AcceptFlags> = {}) =>
    accept(
      { namespace: 'service-mirror', dryRun: false, code, ...flags },
      {
        ...{ kube, clock: systemClock },
        print: (text) => void out!.push(text),
        say: (line) => void said!.push(line),
      },
    );
  return { run, created, out: () => out!.join(''), said: () => said!.join('\n') };
}

test('accept() shows what is taken over, redeems, and prints a Link that pins the other cluster', async (t) => {
  const { acts, code, port } = await startParis(t);
  const { run, out, said, created } = inLondon();
  await run(code());
  assert.deepEqual(acts, ['look', 'redeem']);
  assert.deepEqual(parse(out()), {
    ...{ apiVersion: 'linkerd.io/v1alpha1', kind: 'Link', metadata: { name: 'paris' } },
    spec: {
      peer: { cluster: 'paris', caBundle: paris.authority.cert },
      gateway: { addresses: [{ host: '127.0.0.1', port }] },
    },
  });
  const pin = keyPinOf(new X509Certificate(paris.authority.cert));
  assert.match(
    said(),
    new RegExp(`paris \\(UID uid-paris\\).*${pin}.*to us: all Services.*from us: nothing`, 's'),
  );
  const [event] = created as (KubeObject & { reason?: string; note?: string })[];
  assert.deepEqual([event?.kind, event?.reason], ['Event', 'InvitationAccepted']);
  assert.ok(event?.note?.includes(pin));
});

test('accept() writes what the flags say into the Link', async (t) => {
  const { code } = await startParis(t);
  const { run, out } = inLondon();
  const imports = { selector: { matchLabels: { a: 'b' } }, automatic: true } as never;
  await run(code(), { name: 'hub', imports, exports: { all: true, allowSelectorless: false } });
  const link = parse(out()) as Link;
  assert.equal(link.metadata.name, 'hub');
  assert.deepEqual(link.spec.imports, imports);
  assert.equal(link.spec.exports?.all, true);
});

test('a dry run uses nothing up and prints nothing', async (t) => {
  const { acts, code } = await startParis(t);
  const { run, out, said, created } = inLondon();
  await run(code(), { dryRun: true });
  assert.deepEqual([acts, out(), created], [['look'], '', []]);
  assert.match(said(), /nothing is used up/);
});

test('an answer that was lost is asked for again', async (t) => {
  const answer = { status: 200, text: encodeAnswer({ identity: identityOf(paris), exports: '' }) };
  const { acts, code } = await startParis(t, { redeem: (at) => (at === 1 ? undefined : answer) });
  const { run, out } = inLondon();
  await run(code());
  assert.deepEqual(acts, ['look', 'redeem', 'redeem']);
  assert.notEqual(out(), '');
});

const refused: Readonly<
  Record<string, [problem: RegExp, run: (t: TestContext) => Promise<{ done: Promise<void>; acts: string[] }>]>
> = {
  'a code that is damaged': [/copy all of it again/, (t) => tries(t, (code) => code().slice(0, -3))],
  'a code that has ended': [/has ended at/, (t) => tries(t, (code) => code({ expires: 1_000_000_000_000 }))],
  'a code of this very cluster': [
    /made this invitation itself/,
    (t) => tries(t, (code) => code({ cluster: 'london' })),
  ],
  'a Link that is there': [/Link paris already/, (t) => tries(t, (code) => code(), [aLink('paris')])],
  'a cluster that another Link pins': [
    /delete that Link first/,
    (t) => tries(t, (code) => code(), [aLink('x', spec({ peer: { cluster: 'paris', caBundle: 'PEM' } }))]),
  ],
  'a gateway that is another': [
    /was not reached/,
    (t) => tries(t, (code) => code({ pins: [keyPinOf(new X509Certificate(lyon.authority.cert))] })),
  ],
  'a gateway that sends other CAs than it has': [
    /do not have the fingerprint/,
    (t) => tries(t, (code) => code(), [], { ...identityOf(paris), caBundle: lyon.authority.cert }),
  ],
  'a gateway that claims to be us': [
    /claims to be this one/,
    (t) => tries(t, (code) => code(), [], { ...identityOf(paris), uid: 'uid-london' }),
  ],
  'a gateway with another name': [
    /another name than the code says/,
    (t) => tries(t, (code) => code(), [], { ...identityOf(paris), cluster: 'rome' }),
  ],
};

async function tries(
  t: TestContext,
  given: (code: (changes?: Partial<InviteCode>) => string) => string,
  links: Link[] = [],
  identity?: Identity,
) {
  const { acts, code } = await startParis(t, identity && { identity });
  return { done: inLondon(...links).run(given(code)), acts };
}

for (const [what, [problem, start]] of Object.entries(refused))
  test(`accept() redeems nothing for ${what}`, async (t) => {
    const { done, acts } = await start(t);
    await assert.rejects(done, problem);
    assert.ok(!acts.includes('redeem'));
  });

test('a refusal is told, and no Link is printed', async (t) => {
  const text = encodeRefusal({ refusal: 'NotOpen', message: 'it was used' });
  const { code } = await startParis(t, { redeem: () => ({ status: 403, text }) });
  const { run, out } = inLondon();
  await assert.rejects(run(code()), /it was used \(NotOpen\)/);
  assert.equal(out(), '');
});
