import { withImported, type Separate } from './imported.js';

/** As many mirrors as in the import, but nobody has written them: each costs one ServiceMirror more. */
export const automatic: Separate = (context, name) => {
  const { services: mirrors } = context.plan;
  const setup = { name, title: 'import of automatic mirrors', mirrors, automatic: true } as const;
  return withImported(context, setup, async ({ figures }) => ({ automatic: figures }));
};
