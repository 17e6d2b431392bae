import { withImported, type Separate } from './imported.js';

/** As many mirrors as in the import, but over many Links, each with its own credentials, watches and namespace. */
export const links: Separate = (context, name) => {
  const { services: mirrors, links } = context.plan;
  const setup = { name, title: `import over ${links} Links`, mirrors, links };
  return withImported(context, setup, async ({ figures }) => ({ links: figures }));
};
