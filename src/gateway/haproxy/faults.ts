/** HAProxy has refused a configuration; it still runs the one before. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  /** Ports that other processes listen on. */
  readonly taken: ReadonlySet<number>;

  constructor(message: string, taken: ReadonlySet<number> = new Set()) {
    super(message);
    this.taken = taken;
  }
}

const inUse = /cannot bind socket \(Address already in use\) for \[\S*:(\d+)\]/g;
const noFiles = /Cannot raise FD limit to (\d+), limit is (\d+)/;
const unknownWord = /\[ALERT\].* : (parsing \[.*)/;

/** Makes an error that names the fix, out of HAProxy's output while it started or reloaded. */
export function explainFault(output: string): LoadError {
  const taken = new Set([...output.matchAll(inUse)].map(([, port]) => Number(port)));
  if (taken.size > 0) {
    const list = [...taken].join(', ');
    return new LoadError(`ports that another process listens on cannot be had: ${list}`, taken);
  }
  const [, needed, limit] = noFiles.exec(output) ?? [];
  if (needed !== undefined)
    return new LoadError(
      `HAProxy needs ${needed} file descriptors, and may have ${limit}: raise the limit (ulimit -Hn, LimitNOFILE)`,
    );
  const alerts = output.split('\n').filter((line) => line.includes('[ALERT]'));
  const said = (unknownWord.exec(output)?.[1] ?? alerts.join('; ')) || output.trim().slice(-400);
  return new LoadError(`HAProxy did not take its configuration: ${said || 'it said nothing'}`);
}
