/** When numbered changes of named things were first seen. Times in ms of this process' clock. */
export interface LabelWatch {
  /** The thing has that number now. */
  seen(name: string, number: number): void;
  /** Waits until the thing has that number, or a higher one: a change that was overtaken never shows. */
  until(name: string, number: number): Promise<number>;
}

/** Knows of nothing at first. */
export function createLabelWatch(now: () => number = () => performance.now()): LabelWatch {
  const numbers = new Map<string, { readonly number: number; readonly at: number }>();
  const waiting = new Map<string, { readonly number: number; readonly resolve: (at: number) => void }[]>();
  return {
    seen(name, number) {
      if (number <= (numbers.get(name)?.number ?? -1)) return;
      const at = now();
      numbers.set(name, { number, at });
      const all = waiting.get(name) ?? [];
      for (const one of all) if (one.number <= number) one.resolve(at);
      waiting.set(
        name,
        all.filter((one) => one.number > number),
      );
    },
    until(name, number) {
      const known = numbers.get(name);
      if (known !== undefined && known.number >= number) return Promise.resolve(known.at);
      return new Promise((resolve) => {
        waiting.set(name, [...(waiting.get(name) ?? []), { number, resolve }]);
      });
    },
  };
}
