import { describe } from 'node:test';
import type { Capabilities, Implementation } from '../../src/gateway/model.js';
import { node as onNode } from '../../src/gateway/node/implementation.js';

/** An implementation under test, and what it declares. */
export interface Subject extends Implementation {
  readonly capabilities: Capabilities;
}

/** The implementation that is there on every machine; each must pass the suite on both sides, with this one on the opposite side. */
export const node: Subject = { ...onNode.make({}), capabilities: onNode.capabilities };

/** Caller and exporter, by name. */
export interface Pairing {
  readonly name: string;
  readonly caller: Subject;
  readonly exporter: Subject;
  /** The exporter opens all connections, and the caller's go back over them. @default the caller dials */
  readonly dialledIn?: boolean;
}

/** The pairings that the suite runs over; whoever loads the suite with others sets them before. */
export let pairings: readonly Pairing[] = [{ name: 'node calls node', caller: node, exporter: node }];

/** Replaces the pairings, for test files that load the suite themselves. */
export function setPairings(others: readonly Pairing[]): void {
  pairings = others;
}

/** Capabilities that are there or not. */
type Ability = 'http' | 'pooling' | 'invitations' | 'proxyProtocol' | 'caps';

/** What a part of the suite takes. */
export interface Needs {
  readonly caller?: readonly Ability[];
  readonly exporter?: readonly Ability[];
}

/** The pairings that can do what a part of the suite is about. The report names the others, with what they lack. */
export function pairingsFor(part: string, needs: Needs): readonly Pairing[] {
  return pairings.filter((pairing) => {
    const lacking = lackOf(pairing, needs);
    if (lacking !== undefined) describe(`left out: ${part}, where ${pairing.name}: ${lacking}`, () => {});
    return lacking === undefined;
  });
}

/** What a pairing lacks for a part of the suite; undefined: nothing. */
export function lackOf(pairing: Pairing, needs: Needs): string | undefined {
  const sides = (['caller', 'exporter'] as const).flatMap((side) =>
    (needs[side] ?? [])
      .filter((ability) => !pairing[side].capabilities[ability])
      .map((ability) => `the ${side} declares no ${ability}`),
  );
  return sides.length === 0 ? undefined : sides.join(', ');
}

/** How a connection may end that was refused before anything came back. */
export const refusals: readonly string[] = ['ECONNRESET'];

/** How a connection may end that fails or is cut after something has come back. */
export function cuts({ caller, exporter }: Pairing): readonly string[] {
  const always = [caller, exporter].every(({ capabilities }) => capabilities.resets === 'always');
  return always ? ['ECONNRESET'] : anyEnd;
}

const anyEnd = ['ECONNRESET', 'end', 'EPIPE', 'ENOTCONN'];
