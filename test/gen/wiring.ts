import type { WiringOptions } from '../../src/controllers/queues.js';

/** Options of the table of wakes for an operator that is idle and has read all; nothing that it wakes is noted. */
export function someWiring(more: Partial<WiringOptions> = {}): WiringOptions {
  return {
    wake: () => undefined,
    forget: () => undefined,
    isInLine: () => false,
    isOurs: () => true,
    isRead: () => true,
    remoteServices: () => [],
    waitingFor: () => [],
    unmadeOf: () => [],
    noted: () => undefined,
    suspect: () => undefined,
    ...more,
  };
}
