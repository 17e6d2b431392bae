import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { toStderr } from '../../tools/clusters/progress.js';
import { diagnose } from './diagnose.js';
import { echoPod } from './echo.js';
import { createInstalled, type E2eClusters } from './clusters.js';
import { beginLateAnswer, mirrorBar, sendMuch, sendOften } from './stories/bar.js';
import { exportAll } from './stories/exports.js';
import { endHaproxies, replaceGateways } from './stories/gateways.js';
import { mirrorByLinkerd } from './stories/linkerd.js';
import { inviteAndLook } from './stories/invitations.js';
import { breakLinks } from './stories/links.js';
import { deleteMirror, meetNameConflict } from './stories/mirrors.js';
import { cutNetwork, killGateway, loseApiServer } from './stories/outages.js';
import { refuseStrangers, refuseUnexported } from './stories/refusals.js';
import { restartOperator } from './stories/restarts.js';
import { uninstall } from './stories/uninstall.js';
import { inspectMirror, tellWalkthrough } from './stories/walkthrough.js';
import { startTraffic } from './traffic.js';

suite('two real clusters', { timeout: 900_000 }, () => {
  let clusters: E2eClusters;
  let late: Promise<void>;
  before(async () => {
    clusters = await createInstalled(['paris'], { progress: toStderr });
    await clusters.london.applies(echoPod('caller', ['sleep', '1d']));
  });
  after(() => clusters?.close());

  /** Tells one story; when it fails, says everything that could explain it. */
  function story(title: string, tell: (clusters: E2eClusters) => Promise<void>): void {
    test(title, async () => {
      try {
        await tell(clusters);
      } catch (error) {
        process.stderr.write(`${await diagnose([clusters.london, clusters.paris])}\n`);
        throw error;
      }
    });
  }

  story('the manifests install in one go, and change nothing the second time', async ({ reinstalled }) => {
    // kubectl says "configured" of every PodDisruptionBudget: it always sends the selector, which is replaced as a whole
    const isChange = (line: string) =>
      !line.endsWith(' unchanged') && !line.startsWith('poddisruptionbudget');
    for (const text of reinstalled) assert.deepEqual(text.trim().split('\n').filter(isChange), []);
  });
  story('the walkthrough: a local name answers from the other cluster once that exports it', tellWalkthrough);
  story('a mirror leads to gateways of its own cluster and to no remote pod', inspectMirror);
  story('a port that is not HTTP, mirrored under another name: the server speaks first', async (clusters) => {
    await mirrorBar(clusters);
    late = beginLateAnswer(clusters);
    late.catch(() => undefined); // looked at below
  });
  story('64 MiB both ways at once arrive as they were sent', sendMuch);
  story('50 connections at once arrive as they were sent', sendOften);
  story('exports: {all: true} needs no label', exportAll);
  story('a service that is not exported is refused, even to a valid peer', refuseUnexported);
  story('a stranger is refused: another CA, another peer, no certificate, TLS 1.2', refuseStrangers);
  story('an invitation is made in one operator pod, and looked at in the other', inviteAndLook);
  story('a Service that is not ours is left alone, and the mirror appears when it goes', meetNameConflict);
  story('a deleted mirror takes Service and slices along within 2 s', deleteMirror);
  story('a Link with a broken kubeconfig spoils only its own conditions', breakLinks);
  story("transport linkerd: slices lead to Linkerd's gateway, and follow its probe", mirrorByLinkerd);
  story('calls go on', ({ london }) => startTraffic(london));
  story("with only Paris's API server down, traffic goes on and mirrors stay ready", loseApiServer);
  story(
    'a restart of the operator and a killed leader lose no connection and rewrite nothing',
    restartOperator,
  );
  story('an answer 45 s after FIN arrives', () => late);
  story('HAProxy that ends in every gateway pod comes back with the same state', endHaproxies);
  story(
    'new gateway pods on either side: no call fails, and no stream is cut before its time',
    replaceGateways,
  );
  story("Paris's gateway killed: not ready within the probe's time, and back by itself", killGateway);
  story('the network cut for 30 s: nothing is deleted, and all recovers', cutNetwork);
  story('deleting the manifests leaves nothing behind', uninstall);
});
