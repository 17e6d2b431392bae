import { setTimeout as sleep } from 'node:timers/promises';

/** How long to look, in milliseconds, and how to tell what was seen. */
export interface EventuallyOptions<T> {
  /** @default 30000 */
  readonly within?: number;
  /** Between two looks. @default 150 */
  readonly every?: number;
  /** Says in a line what was read, for the message when time is up. @default JSON */
  readonly show?: (value: T) => string;
}

/**
 * Reads until what is read is as it should be, and returns that. A read that throws counts as "not yet". Rejects when
 * the time is up, with what was seen last.
 */
export async function eventually<T>(
  what: string,
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  options: EventuallyOptions<T> = {},
): Promise<T> {
  const { within = 30_000, every = 150, show = (value) => JSON.stringify(value) } = options;
  const deadline = performance.now() + within;
  for (;;) {
    const look = await attempt(read);
    if ('value' in look && holds(look.value)) return look.value;
    if (performance.now() > deadline) {
      const seen = 'value' in look ? show(look.value) : String(look.error);
      throw new Error(`not within ${within / 1000} s: ${what}; last seen: ${seen}`);
    }
    await sleep(every);
  }
}

async function attempt<T>(read: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await read() };
  } catch (error) {
    return { error };
  }
}
