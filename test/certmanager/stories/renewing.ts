import { renewLeaves, inForce } from '../certificates.js';
import { nothingLost, type Stage } from '../stage.js';

/** What cert-manager renews is in force within moments, in both clusters. */
export async function renewing(stage: Stage): Promise<void> {
  for (const town of [stage.london, stage.paris]) {
    await renewLeaves(town);
    await inForce(town);
  }
  await nothingLost(stage);
}
