import { ImmutableMap } from '../runtime/immutable.js';
import type { Export, Exports } from './model.js';

/** The same exports by service ID. */
export function exportsById(exports: Exports): ImmutableMap<string, Export> {
  return exports instanceof ImmutableMap
    ? exports
    : ImmutableMap.of(exports.map((one) => [one.serviceId, one] as const));
}
