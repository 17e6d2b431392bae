import { links } from '../../../../src/api/resources.js';
import { systemClock, type Clock } from '../../../../src/runtime/clock.js';
import type { LightDriver } from '../../../driver/light.js';
import { runInProcess } from '../../../driver/inprocess.js';
import type { Cases, World } from '../world.js';

/** What an operator finds at its start. @param restarted stops it, does something meanwhile, and starts another one */
export const starts = (restarted: (meanwhile: () => Promise<void>) => Promise<void>): Cases => ({
  'automatic mirrors of a Link that went while no operator ran are removed, and no others': async (world) => {
    const { london, paris, name } = world;
    await london.linksAutomatically(name);
    const all = Array.from({ length: 30 }, (_, n) => `web-${n}`);
    for (const each of all) await paris.exports(each);
    await london.mirrors('web-0', { as: 'mine' }).from(name);
    await london.hasMirrors('mine', ...all.map((each) => `${each}-${name}`));
    await restarted(() => london.deletes(links, name));
    await london.hasMirrors('mine');
  },

  'what changed in Paris while no operator ran is followed': async ({ london, paris, name }) => {
    await london.linksAutomatically(name);
    await paris.exports('web');
    await paris.exports('shop');
    const before = await london.shows(`web-${name}`);
    await london.shows(`shop-${name}`);
    await restarted(async () => {
      await paris.exports('web', { ports: ['https 443'], pods: ['10.9.0.2'] });
      await paris.loses('shop');
      await paris.exports('bank');
    });
    await london.shows(`web-${name}`, { ports: ['https 443'], endpoints: ['10.9.0.2'], stays: before });
    await london.shows(`bank-${name}`);
    await london.hasMirrors(`web-${name}`, `bank-${name}`);
  },
});

const hour = 3_600_000;

/** Clocks that differ. No operator runs in London but for the one of a case. */
export const clocks = (cluster: () => LightDriver): Cases => {
  const isOff = (by: number) => async (world: World) => {
    const { london, paris, name } = world;
    const clock: Clock = { ...systemClock, now: () => Date.now() + by };
    const access = await cluster().access('service-mirror-operator');
    const stop = await runInProcess(access, { clock });
    try {
      await london.linksAutomatically(name);
      await paris.exports('web');
      await london.mirrors('web', { as: 'mine' }).from('paris');
      const before = await london.shows('mine', { endpoints: ['10.9.0.1'] });
      await london.shows(`web-${name}`);
      await paris.runs('web', '(10.9.0.1)');
      await london.tells('mine', 'Ready=False/NoReadyEndpoints', /none of the 1/);
      await paris.runs('web', '10.9.0.2');
      await london.shows('mine', { endpoints: ['10.9.0.2'], stays: before });
      await london.writes([], async () => undefined);
      await paris.loses('web');
      await london.lacks(`web-${name}`);
    } finally {
      await stop();
    }
  };
  return {
    'a clock that is an hour ahead of the API servers changes nothing': isOff(hour),
    'a clock that is an hour behind the API servers changes nothing': isOff(-hour),
  };
};
