import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { LoadError } from '../../../src/gateway/haproxy/faults.js';
import { portRefused } from '../../../src/gateway/outcome.js';
import { eventually } from '../../driver/eventually.js';
import { aCluster, aRoot, leavesOf } from '../../gen/pki.js';
import { connect, endsAs, isAnswered, read } from '../client.js';
import { freePort } from '../ports.js';
import { startRelay } from '../relay.js';
import { echo, startTarget } from '../target.js';
import { aPeer, londonLink } from '../gatewaypair.js';
import { processesOf, startHaproxyPair } from './haproxypair.js';

const anyEnd = ['end', 'ECONNRESET', 'EPIPE', 'ENOTCONN', 'ECONNREFUSED'];

describe('the life of a HAProxy', { timeout: 120_000 }, () => {
  for (const role of ['egress', 'ingress'] as const) {
    for (const victim of ['master', 'worker'] as const) {
      test(`the ${victim} of the ${role} gateway is killed, and comes back with the same state`, async () => {
        await using target = await startTarget(echo);
        await using pair = await startHaproxyPair();
        const ports = [await pair.offer('one', target.port), await pair.offer('two', target.port)];
        const { master, workers } = await processesOf(pair.directories[role]);
        process.kill(victim === 'master' ? master : workers[0]!.pid, 'SIGKILL');
        // a master that is told to reload while it mourns its worker goes on with another one
        const isBack = async () =>
          (await processesOf(pair.directories[role])).workers.some(
            ({ pid, old }) => !old && pid !== workers[0]!.pid,
          );
        await eventually(isBack, 30_000);
        for (const port of ports) await eventually(() => isAnswered(port), 30_000);
      });
    }
  }

  test('a reload loses no stream, and the old worker goes when its last stream has ended', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const port = await pair.offer('echo', target.port);
    const live = await connect(port);
    live.write('before');
    await read(live, 6);
    const berlin = await aCluster('berlin');
    const before = pair.reloads();
    await pair.tellLondon({
      peers: [
        aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort),
        aPeer('cluster-c', 'berlin', berlin.authority, 1),
      ],
    });
    assert.equal(pair.reloads(), before + 1);
    assert.equal((await processesOf(pair.directories.egress)).workers.length, 2);
    live.write('after');
    assert.equal((await read(live, 5)).toString(), 'after');
    await eventually(() => pair.connections.egress() === 1);
    live.destroy();
    await eventually(async () => (await processesOf(pair.directories.egress)).workers.length === 1, 30_000);
    assert.ok(await isAnswered(port));
  });

  test('an unexport cuts the sessions of old workers too', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const live = await connect(await pair.offer('echo', target.port));
    live.write('before');
    await read(live, 6);
    const berlin = await aCluster('berlin');
    const peers = [
      aPeer(londonLink, 'london', pair.london.authority),
      aPeer('cluster-c', 'berlin', berlin.authority),
    ];
    // after another certificate, it takes a reload to bring other CAs
    await pair.tellParis({ identity: (await leavesOf('paris', pair.paris.authority)).ingress });
    await pair.tellParis({ peers });
    assert.equal((await processesOf(pair.directories.ingress)).workers.length, 2);
    const began = performance.now();
    await pair.tellParis({ exports: [] });
    await endsAs(live, anyEnd);
    assert.ok(performance.now() - began < 1_000);
  });

  test('a storm of CAs and addresses of one peer reloads nothing, and its last CAs are in force', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const port = await pair.offer('echo', target.port);
    const live = await connect(port);
    live.write('before');
    await read(live, 6);
    const berlin = await aCluster('berlin');
    const all = await Promise.all([1, 2, 3].map((n) => aRoot(new Date(), `CN=berlin ${n}`)));
    const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
    const other = aPeer('cluster-c', 'berlin', berlin.authority, 1);
    await pair.tellLondon({ peers: [paris, other] });
    const before = pair.reloads();
    const { workers } = await processesOf(pair.directories.ingress);
    for (let round = 0; round < 12; round++) {
      const caBundle = all.slice(0, 1 + (round % 3)).reduce((text, { cert }) => text + cert, '');
      const peer = { ...aPeer('cluster-c', 'berlin', berlin.authority), caBundle };
      const addresses = round % 2 === 0 ? [] : [{ host: '127.0.0.1', port: 1 }];
      await pair.tryLondon({ peers: [paris, { ...peer, addresses }] });
      await pair.tellParis({ peers: [aPeer(londonLink, 'london', pair.london.authority), peer] });
    }
    assert.equal(pair.reloads(), before);
    assert.deepEqual((await processesOf(pair.directories.ingress)).workers, workers);
    assert.ok(await isAnswered(port));
    await pair.tellLondon({ peers: [{ ...paris, caBundle: berlin.authority.ca }, other] });
    await assert.rejects(
      isAnswered(port).then((answered) => assert.ok(answered)),
      'verified by other CAs',
    );
    await pair.tellLondon({ peers: [paris, other] });
    assert.ok(await isAnswered(port));
    live.write('after');
    assert.equal((await read(live, 5)).toString(), 'after');
    live.destroy();
  });

  test('peers that come and go end no connection of another, whatever reloads that takes', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair({ impatient: true });
    const port = await pair.offer('echo', target.port);
    const live = await connect(port);
    live.write('before');
    await read(live, 6);
    const berlin = await aCluster('berlin');
    const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
    const before = pair.reloads();
    let waited = 0;
    for (let round = 0; round < 12; round++) {
      const peers = [paris, aPeer(`cluster-${round}`, 'berlin', berlin.authority, 1)];
      const missing = await pair.tryLondon({ peers });
      for (const part of missing) assert.deepEqual([part.kind, part.reason], ['link', 'ReloadPending']);
      waited += missing.length;
      assert.ok(await isAnswered(port), 'what needs no reload goes on');
    }
    assert.ok(waited > 0);
    assert.ok(pair.reloads() - before < 8);
    live.write('after');
    assert.equal((await read(live, 5)).toString(), 'after');
    live.destroy();
    const last = pair.reloads();
    await eventually(() => pair.reloads() > last, 30_000);
  });

  test('routes come and go without a reload', async () => {
    await using target = await startTarget(echo);
    const first = await freePort();
    await using pair = await startHaproxyPair({ egress: { ports: { first, last: first, block: 1 } } });
    await pair.offer('echo', target.port);
    const serviceId = pair.nameOf('echo').split('.')[0]!;
    const route = { port: first, link: 'cluster-a', serviceId };
    await pair.tellLondon({ routes: [route] });
    const before = pair.reloads();
    for (let round = 0; round < 3; round++) {
      await pair.tellLondon({ routes: [] });
      await assert.rejects(isAnswered(first).then((answered) => assert.ok(answered)));
      await pair.tellLondon({ routes: [route] });
      assert.ok(await isAnswered(first));
    }
    assert.equal(pair.reloads(), before);
  });

  test('a port that is in use is named, the others work, and it is had once it is free', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const good = await pair.offer('good', target.port);
    const [taken, serviceId] = [await freePort(), pair.nameOf('good').split('.')[0]!];
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(taken, '127.0.0.1', resolve));
    const routes = [good, taken].map((port) => ({ port, link: 'cluster-a', serviceId }));
    assert.deepEqual(await pair.tryLondon({ routes }), [portRefused(taken)]);
    assert.ok(await isAnswered(good));
    await new Promise((resolve) => blocker.close(resolve));
    await pair.tellLondon({ routes });
    assert.ok(await isAnswered(taken));
  });

  test('a port that another takes while HAProxy is lost is left out, and the others come back', async () => {
    await using target = await startTarget(echo);
    let told = 0;
    await using pair = await startHaproxyPair({ egress: { lookPeriod: 2_000, onChange: () => told++ } });
    const [lost, good] = [await pair.offer('one', target.port), await pair.offer('two', target.port)];
    process.kill((await processesOf(pair.directories.egress)).master, 'SIGKILL');
    const blocker = createServer();
    const taking = () =>
      new Promise<void>((resolve, reject) => {
        blocker.once('error', reject).listen(lost, '127.0.0.1', resolve);
      });
    await eventually(taking);
    try {
      await eventually(() => isAnswered(good), 30_000);
      await eventually(() => told > 0);
      assert.deepEqual(await pair.tryLondon({}), [portRefused(lost)]);
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  test('a HAProxy that is lost while another configuration is refused comes back with the last good one', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const port = await pair.offer('echo', target.port);
    const paris = aPeer('cluster-a', 'paris', pair.paris.authority, pair.ingressPort);
    // a name that breaks the configuration: none that an operator would hand on
    const bad = aPeer('no such', 'berlin', pair.london.authority, 1);
    await assert.rejects(pair.tellLondon({ peers: [paris, bad] }), LoadError);
    const { master } = await processesOf(pair.directories.egress);
    process.kill(master, 'SIGKILL');
    // its worker may answer a little longer
    await eventually(async () => {
      assert.notEqual((await processesOf(pair.directories.egress)).master, master);
      assert.ok(await isAnswered(port));
    }, 30_000);
  });

  test('an address that does not answer is passed over without a reload', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const port = await pair.offer('echo', target.port);
    const live = { host: '127.0.0.1', port: pair.ingressPort };
    const dead = { host: '127.0.0.1', port: await freePort() };
    const peer = aPeer('cluster-a', 'paris', pair.paris.authority, 1);
    await pair.tellLondon({ peers: [{ ...peer, addresses: [dead, live] }] });
    for (let round = 0; round < 5; round++) assert.ok(await isAnswered(port), 'not even redispatched');
    const before = pair.reloads();
    pair.answering([dead]);
    await eventually(async () => !(await isAnswered(port).catch(() => false)));
    pair.answering([live]);
    await eventually(() => isAnswered(port));
    assert.equal(pair.reloads(), before);
  });

  test('addresses of a peer that come, go and change need no reload, and a HAProxy that starts anew has them', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair();
    const port = await pair.offer('echo', target.port);
    const peer = aPeer('cluster-a', 'paris', pair.paris.authority);
    const paris = { host: '127.0.0.1', port: pair.ingressPort };
    const at = (...hosts: string[]) =>
      pair.tellLondon({
        peers: [{ ...peer, addresses: hosts.map((host) => ({ ...paris, host })) }],
      });
    await using first = await startRelay({ ...paris, host: '127.0.0.2', to: paris });
    await using second = await startRelay({ ...paris, host: '127.0.0.3', to: paris });
    await at('127.0.0.2', '127.0.0.4');
    const before = pair.reloads();
    for (const hosts of [
      ['127.0.0.3'],
      ['127.0.0.2'],
      ['127.0.0.3', '127.0.0.5', '127.0.0.6'],
      ['127.0.0.3'],
    ])
      await at(...hosts);
    const unused = first.count();
    for (let round = 0; round < 5; round++) assert.ok(await isAnswered(port));
    assert.deepEqual([first.count(), second.count()], [unused, 5]);
    assert.equal(pair.reloads(), before);
    const { master } = await processesOf(pair.directories.egress);
    process.kill(master, 'SIGKILL');
    await eventually(async () => (await processesOf(pair.directories.egress)).master !== master, 30_000);
    await eventually(() => isAnswered(port), 30_000);
    assert.equal(first.count(), unused);
  });

  test('a link has no more connections than it may, and the others are not touched', async () => {
    await using target = await startTarget(echo);
    await using pair = await startHaproxyPair({
      ingress: { caps: { perLink: 3 } },
    });
    const port = await pair.offer('echo', target.port);
    const clients = [];
    for (let count = 0; count < 3; count++) {
      const client = await connect(port);
      client.write('ping');
      assert.equal((await read(client, 4)).toString(), 'ping');
      clients.push(client);
    }
    await assert.rejects(isAnswered(port).then((answered) => assert.ok(answered)));
    clients[0]!.destroy();
    await eventually(() => isAnswered(port).catch(() => false));
    for (const client of clients) client.destroy();
  });
});
