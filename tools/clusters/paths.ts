import { findPackageJSON } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The root of the source tree, seen from the sources as well as from `build/`. */
export const root = dirname(findPackageJSON(import.meta.url) ?? '.');

/** What takes minutes to make and belongs to no checkout: `$XDG_CACHE_HOME` as the XDG base directory specification has it. */
export const cacheDir = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'service-mirror');
