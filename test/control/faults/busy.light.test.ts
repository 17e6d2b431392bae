import { eventually } from '../../driver/eventually.js';
import { occupy } from '../../driver/occupied.js';
import { underBurden } from './burden.js';

underBurden({
  what: 'an API server that never has a processor free',
  ...{ fresh: 60, addressed: 1 },
  async begin(london) {
    const occupied = await occupy(london.kubeconfig);
    return async () => {
      const before = occupied.answered();
      await eventually(() => occupied.answered() > before);
      await occupied.end();
    };
  },
});
