import assert from 'node:assert/strict';
import { occupy } from '../../driver/occupied.js';
import { underBurden } from './burden.js';

underBurden({
  what: 'an API server that never has a processor free',
  ...{ fresh: 60, addressed: 1 },
  async begin(london) {
    const occupied = await occupy(london.kubeconfig);
    return async () => {
      await occupied.end();
      assert.ok(occupied.answered() > 20, `it was asked all the time: ${occupied.answered()} lists`);
    };
  },
});
