import type { Progress } from '../tools/clusters/progress.js';

/** Talks to the person who watches: finished steps with their times, and what is going on while they wait. */
export interface Terminal {
  /** Writes a line, and an empty one before it when it begins a chapter. */
  say(line: string): void;
  chapter(line: string): void;
  /** Shows a command as typed in a cluster, and what it answered. */
  command(cluster: string, words: string, answer: string): void;
  /** Says how long something took when it is done; meanwhile that it goes on. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** As {@link step}, but leaves no line behind. */
  wait<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Writes a last line, and nothing after it. */
  mute(line: string): void;
  /** Takes what long work says of itself: shown while it is new; where lines last, only every reminder is. */
  readonly progress: Progress;
}

type Out = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const clearLine = '\r\x1b[K';

/** Makes a terminal; where nobody can see a line change, only lasting lines are written. */
export function createTerminal(out: Out): Terminal {
  const lively = out.isTTY;
  const running = new Map<string, number>();
  let drawing: NodeJS.Timeout | undefined;
  let frame = 0;
  let detail = '';
  let muted = false;

  const style = (code: number) => (text: string) => (lively ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, green, red] = [style(1), style(2), style(32), style(31)];

  function say(line: string): void {
    if (muted) return;
    out.write(`${lively ? clearLine : ''}${line}\n`);
  }

  function draw(): void {
    if (muted) return;
    const now = performance.now();
    const titles = [...running].map(([title, started]) => `${title} ${Math.floor((now - started) / 1000)} s`);
    const line = `  ${frames[frame++ % frames.length]} ${titles.join(', ')} ${detail}`;
    out.write(clearLine + dim(line.slice(0, (out.columns || 80) - 1)));
  }

  async function watch<T>(title: string, work: () => Promise<T>): Promise<T> {
    running.set(title, performance.now());
    if (lively) drawing ??= setInterval(draw, 100);
    try {
      return await work();
    } finally {
      running.delete(title);
      if (lively) out.write(clearLine);
      if (running.size === 0) {
        clearInterval(drawing);
        drawing = undefined;
        detail = '';
      }
    }
  }

  return {
    say,
    chapter: (line) => say(`\n${bold(line)}`),
    command(cluster, words, answer) {
      say(`  ${dim(`${cluster} $`)} ${words}`);
      for (const line of answer.trimEnd().split('\n')) if (line !== '') say(`    ${line}`);
    },
    async step(title, work) {
      const started = performance.now();
      const line = () =>
        `${title.padEnd(56)} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`;
      try {
        const result = await watch(title, work);
        say(`  ${green('✓')} ${line()}`);
        return result;
      } catch (error) {
        say(`  ${red('✗')} ${line()}`);
        throw error;
      }
    },
    wait: watch,
    mute(line) {
      say(line);
      muted = true;
    },
    progress(line) {
      detail = `(${line})`;
      if (!lively && / \.\.\. [\d.]+ s$/.test(line)) say(`    ${line}`);
    },
  };
}
