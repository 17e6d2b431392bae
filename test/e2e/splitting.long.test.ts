import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { root } from '../../tools/clusters/paths.js';
import { toStderr } from '../../tools/clusters/progress.js';
import { ensureTraefik } from '../../tools/traefik/traefik.js';
import { eventually } from '../driver/eventually.js';
import { createInstalled, type E2eClusters } from './clusters.js';
import { mirrorOf } from './connect.js';
import { diagnose } from './diagnose.js';
import { echoPod, echoServers, echoService } from './echo.js';
import { whenInstalled } from './install.js';

/** Deployments whose pods answer with their names: one in London, and one in Paris. */
const [near, far] = ['near', 'far'];

suite('an HTTPRoute over a Service and a mirror, by Traefik', { timeout: 2_400_000 }, () => {
  let clusters: E2eClusters;
  before(async () => {
    const traefik = await ensureTraefik(toStderr);
    clusters = await createInstalled(['paris'], { progress: toStderr });
    const { london, paris } = clusters;
    await paris.applies(echoServers(far, 2, 'web'), echoService('web', { exported: true }));
    await london.applies(
      ...[echoServers(near, 2, 'web'), echoService('web'), echoPod('caller', ['sleep', '1d'])],
      mirrorOf('web', { as: 'web-paris' }),
    );
    await london.loadImage(traefik.archive);
    const crds = traefik.crds.flatMap((file) => ['-f', file]);
    // too large for the annotation of a client-side apply
    await london.kubectl('apply', '--server-side', ...crds);
    await london.kubectl.apply(await readFile(join(root, 'test/e2e/splitting/traefik.yaml'), 'utf8'));
    await london.kubectl('apply', '-f', join(root, 'examples/splitting.yaml'));
    await london.kubectl(
      `wait gateways.gateway.networking.k8s.io front --for=condition=Programmed --timeout=60s`,
    );
    await london.mirrorSays('web-paris', 'Ready=True');
    await whenInstalled(london);
  });
  after(() => clusters?.close());

  /** How many of so many requests each of the Deployments answered. */
  async function answers(count: number): Promise<Record<string, number>> {
    const url = `http://front/?[1-${count}]`;
    const command = ['exec', 'caller', '--', 'curl', '--silent', '--show-error', '--fail'];
    const text = await clusters.london.kubectl(...command, '--write-out', '\\n', url);
    const names = text.split('\n').filter((line) => line !== '');
    assert.equal(names.length, count, names.slice(0, 3).join());
    return Object.fromEntries(
      [near, far].map((name) => [name, names.filter((line) => line.startsWith(`${name}-`)).length]),
    );
  }

  /** Runs a story; when it fails, says everything that could explain it. */
  async function explained(story: () => Promise<void>): Promise<void> {
    try {
      await story();
    } catch (error) {
      const { london, paris } = clusters;
      const log = await london.kubectl('logs', 'deployment/traefik', '--tail=50').catch(String);
      const routes = await london.kubectl('get', 'httproutes,gateways', '-o', 'yaml').catch(String);
      process.stderr.write(`${await diagnose([london, paris])}\n${routes}\n${log}\n`);
      throw error;
    }
  }

  test('weights of 90 and 10 give each its share of 2,000 requests, within 3 points', () =>
    explained(async () => {
      await eventually(async () => assert.ok(((await answers(50))[far] ?? 0) > 0), 60_000);
      const { [near]: here = 0, [far]: there = 0 } = await answers(2_000);
      assert.equal(here + there, 2_000);
      assert.ok(Math.abs(here / 20 - 90) <= 3, `London answered ${here} of 2000`);
      process.stderr.write(`London answered ${here} of 2000 requests, Paris ${there}\n`);
    }));

  test('other weights move all requests to Paris', () =>
    explained(async () => {
      await weigh({ web: 0, 'web-paris': 100 });
      await eventually(async () => assert.deepEqual(await answers(100), { [near]: 0, [far]: 100 }), 60_000);
    }));

  test('a mirror without ready endpoints costs its share: those requests get 503', () =>
    explained(async () => {
      const { london, paris } = clusters;
      await weigh({ web: 75, 'web-paris': 25 });
      await paris.kubectl(`scale deployment ${far} --replicas=0`);
      await london.mirrorSays('web-paris', 'Ready=False/NoReadyEndpoints');
      await eventually(async () => {
        const codes = await statuses(400);
        assert.deepEqual([...new Set(codes)].toSorted(), ['200', '503']);
        const refused = codes.filter((code) => code === '503').length;
        assert.ok(Math.abs(refused / 4 - 25) <= 3, `${refused} of 400 were refused`);
      }, 60_000);
    }));

  /** Gives the route other weights. */
  async function weigh(weights: Readonly<Record<string, number>>): Promise<void> {
    const backendRefs = Object.entries(weights).map(([name, weight]) => ({ name, port: 80, weight }));
    const patch = JSON.stringify({ spec: { rules: [{ backendRefs }] } });
    await clusters.london.kubectl('patch', 'httproute', 'web', '--type=merge', '--patch', patch);
  }

  /** The status codes of so many requests. */
  async function statuses(count: number): Promise<string[]> {
    const url = `http://front/?[1-${count}]`;
    const command = ['exec', 'caller', '--', 'curl', '--silent', '--output', '/dev/null'];
    const text = await clusters.london.kubectl(...command, '--write-out', '%{http_code}\\n', url);
    return text.split('\n').filter((line) => line !== '');
  }
});
