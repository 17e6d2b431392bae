import { underBurden } from './burden.js';

/** How long (ms) each sync of London's etcd takes; etcd itself warns from 100 ms on. */
const delay = 200;

underBurden({
  what: `etcd on a disk that takes ${delay} ms for each sync`,
  // those with an address keep the import going for long enough, because each takes several writes of its own
  ...{ fresh: 100, addressed: 5 },
  async begin(london) {
    await london.slowDisk(delay);
    return async () => {};
  },
});
