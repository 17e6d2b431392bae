import { turn, watching, type Continued } from './imported.js';

/** The gateway of Paris is lost, and comes back: how long after the verdict the last slice says so. */
export const blackout: Continued = (imported) =>
  watching(imported.london, async (watcher) => {
    const { context, london, name } = imported;
    const turned = (well: boolean) =>
      turn(
        imported,
        () => context.gateway.turn(well),
        () => watcher.all(london.setup.mirrors, { ready: well }),
      );
    const lost = await context.step(`${name}: gateway lost`, () => turned(false));
    const back = await context.step(`${name}: gateway back`, () => turned(true));
    return { lost, back };
  });
