import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ownNames } from '../../../src/api/names.js';
import { secrets } from '../../../src/api/resources.js';
import { fingerprintOf, readCertificates } from '../../../src/pki/bundle.js';
import { decodeCaSecret } from '../../../src/pki/casecret.js';
import { phaseOf, type CaSecret } from '../../../src/pki/rotation.js';
import { keyPinOf } from '../../../src/pki/keypin.js';
import { decodeKeyPair } from '../../../src/pki/keypair.js';
import { aLink, exportOnly, spec } from '../../gen/gen.js';
import { aCluster, anIntermediate, aRoot } from '../../gen/pki.js';
import { eventually } from '../../driver/eventually.js';
import type { Operator } from '../../driver/operator.js';
import { startLightCluster, type LightDriver } from '../../driver/light.js';
import { documented, shell, startRotateCa } from './process.js';

const patience = 30_000;

suite('the commands of docs/certificates.md', () => {
  let london: LightDriver;
  let operator: Operator;
  let commands: readonly string[];
  const caSecret = async (): Promise<CaSecret> =>
    decodeCaSecret(await london.own.get(secrets, ownNames.ca)) ?? assert.fail('no CA');
  const reaches = (phase: string) =>
    eventually(async () => assert.equal(phaseOf(await caSecret()), phase), patience);
  const start = async () =>
    (operator = await london.startOperator('--no-leader-election', '--cluster-name=london'));
  /** The one command of the docs that says this, done. */
  const does = (what: RegExp, files = {}) => {
    const found = commands.filter((command) => what.test(command));
    assert.equal(found.length, 1, `${found.length} commands with ${what}`);
    return shell(london.kubeconfig, found[0]!, files);
  };

  before(async () => {
    commands = await documented();
    london = await startLightCluster('london');
    await start();
    // a peer that pins our CA by hand, and has not called since
    const { authority } = await aCluster('paris');
    const peer = { cluster: 'paris', caBundle: authority.ca };
    await london.applies(aLink('paris', exportOnly, spec({ peer })));
    await eventually(() => london.own.get(secrets, ownNames.operatorTls), patience);
  });
  after(async () => {
    await operator.stop();
    await london.close();
  });

  test('all of them are tried here', () => assert.equal(commands.length, 6));

  test('a rotation waits for a peer and names it, outlives the command and the operator, and ends by force', async () => {
    const first = await caSecret();
    const command = startRotateCa(london.kubeconfig);
    await eventually(
      () => assert.match(command.said(), /RotationWaiting: Link paris: .*has not called lately/),
      patience,
    );
    await reaches('published');
    const next = (await caSecret()).next?.cert ?? '';
    assert.match(await does(/get events/), /RotationWaiting.*waits for the peers of Links paris/);
    assert.match(await does(/get links/), /^paris +RotationWaiting +cluster "paris" has not called/m);
    const told = readCertificates(await does(/get configmap .*'$/)).map(fingerprintOf);
    assert.deepEqual(told, readCertificates(next + first.signing.cert).map(fingerprintOf));
    command.interrupt();
    assert.equal(await command.ended, 0);
    assert.match(command.said(), /the rotation goes on without this command/);

    await operator.kill();
    await start();
    const forced = startRotateCa(london.kubeconfig, '--force');
    assert.equal(await forced.ended, 0, forced.said());
    assert.match(forced.said(), /is accepted until/);
    await reaches('settling');
    assert.equal((await caSecret()).signing.cert, next, 'a restart made another CA');

    await operator.kill();
    await start();
    const again = startRotateCa(london.kubeconfig, '--force');
    assert.equal(await again.ended, 0, again.said());
    assert.match(again.said(), /done: CA [0-9a-f]{16} stands alone/);
    const { signing } = await caSecret();
    assert.deepEqual([signing.cert, readCertificates(signing.ca).length], [next, 1]);
  });

  test('an annotation begins one too', async () => {
    await does(/annotate secret/);
    await reaches('published');
  });

  test("somebody's own root: the operator signs with the intermediate, and leaves it alone", async () => {
    await operator.stop();
    await london.own.deletes(secrets, ownNames.ca);
    const root = await aRoot(new Date());
    const between = await anIntermediate(root, new Date());
    const files = {
      'intermediate.pem': between.cert,
      'intermediate.key': between.key,
      'root.pem': root.cert,
    };
    await does(/create secret/, files);
    await start();
    const [intermediate] = readCertificates(between.cert);
    for (const name of [ownNames.ingressTls, ownNames.egressTls, ownNames.operatorTls])
      await eventually(async () => {
        const pair = decodeKeyPair((await london.own.get(secrets, name)).data);
        const [leaf, above] = readCertificates(pair?.cert ?? '');
        assert.ok(leaf?.checkIssued(intermediate!) && above?.fingerprint256 === intermediate?.fingerprint256);
      }, patience);
    await eventually(async () => {
      const published = readCertificates((await london.published()).caBundle);
      assert.deepEqual(published.map(fingerprintOf), readCertificates(root.cert).map(fingerprintOf));
    }, patience);
    // as a peer's Link pins it
    const [key = ''] = (await does(/openssl/)).split(' ');
    assert.equal(`sha256:${key}`, keyPinOf(readCertificates(root.cert)[0]!));
    const command = startRotateCa(london.kubeconfig);
    assert.equal(await command.ended, 1);
    assert.match(command.said(), /was put there by others/);
  });
});
