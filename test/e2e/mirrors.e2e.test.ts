import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { toStderr } from '../cluster/progress.js';
import { diagnose } from './diagnose.js';
import { setStage, type Stage } from './stage.js';
import { inspectMirror, tellWalkthrough } from './stories/walkthrough.js';

suite('two real clusters', { timeout: 900_000 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await setStage({ progress: toStderr });
  });
  after(() => stage?.remove());

  /** Tells one story; when it fails, says everything that could explain it. */
  function story(title: string, tell: (stage: Stage) => Promise<void>): void {
    test(title, async () => {
      try {
        await tell(stage);
      } catch (error) {
        process.stderr.write(`${await diagnose(stage)}\n`);
        throw error;
      }
    });
  }

  story('the manifests install in one go, and change nothing the second time', async ({ reinstalled }) => {
    for (const text of reinstalled) {
      const changed = text
        .trim()
        .split('\n')
        .filter((line) => !line.endsWith(' unchanged'));
      assert.deepEqual(changed, []);
    }
  });
  story('the walkthrough: a local name answers from the other cluster once that exports it', tellWalkthrough);
  story('a mirror leads to gateways of its own cluster and to no remote pod', inspectMirror);
});
