import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../../src/gateway/haproxy/runtime.js';

/** Looks into a map of a running HAProxy. */
export interface MapReader {
  /** How many entries it has. */
  size(): Promise<number>;
  /** Resolves as soon as it has that key. Looks again and again, about once in a millisecond. */
  until(key: string): Promise<void>;
}

/** Reads a map through HAProxy's own socket, beside the agent. */
export function mapReader(socket: string, path: string): MapReader {
  return {
    async size() {
      const text = await ask(socket, `show map ${path}`);
      return text.split('\n').filter((line) => line.startsWith('0x')).length;
    },
    async until(key) {
      // each look over a connection of its own: a reload puts another worker behind the socket
      while (!(await ask(socket, `get map ${path} ${key}`)).includes('found=yes')) await sleep(0.5);
    },
  };
}
