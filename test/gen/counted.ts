import type { GatewayEvents } from '../../src/gateway/events.js';

/** Keeps what a gateway counts, each as the event's name and what it was told. */
export function recordEvents(): { readonly counted: unknown[][]; readonly events: GatewayEvents } {
  const counted: unknown[][] = [];
  const count =
    (name: keyof GatewayEvents) =>
    (...what: unknown[]) =>
      void counted.push([name, ...what]);
  const events = {
    refused: count('refused'),
    opened: count('opened'),
    closed: count('closed'),
    moved: count('moved'),
  };
  return { counted, events };
}
