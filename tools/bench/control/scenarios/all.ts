import type { SubjectName } from '../context.js';
import type { ScenarioName } from '../options.js';
import { automatic } from './automatic.js';
import { blackout } from './blackout.js';
import { change } from './change.js';
import { churn } from './churn.js';
import { idle } from './idle.js';
import type { Continued, Separate } from './imported.js';
import { links } from './links.js';
import { memory } from './memory.js';
import { replace } from './replace.js';
import { restart } from './restart.js';
import { several } from './several.js';
import { start } from './start.js';

/** How a scenario is run: by itself, or in the London that the import has left; the import is no other scenario's. */
export type Scenario = { readonly of: readonly SubjectName[] } & (
  { readonly continues: Continued } | { readonly alone: Separate }
);

const both = ['bare', 'ours'] as const;
const ours = ['ours'] as const;

/** All scenarios but the import itself. */
export const scenarios: Readonly<Record<Exclude<ScenarioName, 'import'>, Scenario>> = {
  memory: { of: ours, continues: memory },
  churn: { of: ours, continues: churn },
  idle: { of: ours, continues: idle },
  blackout: { of: both, continues: blackout },
  restart: { of: both, continues: restart },
  change: { of: both, alone: change },
  replace: { of: both, alone: replace },
  links: { of: ours, alone: links },
  automatic: { of: both, alone: automatic },
  several: { of: ours, alone: several },
  start: { of: both, alone: start },
};
