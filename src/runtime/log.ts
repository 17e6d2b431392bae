import { Writable } from 'node:stream';
import { createLogger, format, transports } from 'winston';
import { redact, redactText } from './redact.js';

/** Log levels, from few lines to many. */
export const levels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

/**
 * A log of constant messages with fields: `log.info('service created', { object: 'default/web' })`. Values of fields
 * named like a secret (`token`, `password`, `key`, `kubeconfig`, the data of a Secret) are not written, so name the key
 * of an object `object`.
 */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
  /** The same log, with these fields on every line. */
  child(fields: object): Log;
  /** Whether a line of that level would be written; ask before computing fields that cost much. */
  enabled(level: Level): boolean;
}

/** How a log is made. */
export interface LogOptions {
  readonly level: Level;
  /** One JSON object per line, or a line for people. @default 'json' */
  readonly format?: 'json' | 'plain';
  /** Receives whole lines. @default standard error */
  readonly sink?: (line: string) => void;
}

/** Makes the root log. */
export function createLog(options: LogOptions): Log {
  const logger = createLogger({
    level: options.level,
    levels: Object.fromEntries(levels.map((level, index) => [level, index])),
    format: format.printf((info) => (options.format === 'plain' ? plain : json)(info as unknown as Line)),
    transports: [new transports.Stream({ stream: target(options.sink), eol: '\n' })],
  });
  const limit = levels.indexOf(options.level);

  const make = (bound: object): Log => {
    const write = (level: Level, message: string, fields: object) => {
      // Winston formats a line before it checks the level; redaction would be done for nothing
      if (levels.indexOf(level) > limit) return;
      const line: Line = {
        level,
        message: redactText(message),
        at: new Date(),
        fields: redacted(bound, fields),
      };
      logger.log(line as unknown as { level: string; message: string });
    };
    return {
      debug: (message, fields = {}) => write('debug', message, fields),
      info: (message, fields = {}) => write('info', message, fields),
      warn: (message, fields = {}) => write('warn', message, fields),
      error: (message, fields = {}) => write('error', message, fields),
      child: (fields) => make({ ...bound, ...fields }),
      enabled: (level) => levels.indexOf(level) <= limit,
    };
  };
  return make({});
}

/** A log that writes nothing. */
export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
  enabled: () => false,
};

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly at: Date;
  readonly fields: Record<string, unknown>;
}

function redacted(...fields: object[]): Record<string, unknown> {
  try {
    return redact(Object.assign({}, ...fields)) as Record<string, unknown>;
  } catch (error) {
    // a getter that throws must not end the process
    return { unprintable: String(error) };
  }
}

function json({ level, message, at, fields }: Line): string {
  const head = { time: at.toISOString(), level, message };
  // twice: first for the order, and then so that no field replaces them
  return JSON.stringify({ ...head, ...fields, ...head });
}

function plain({ level, message, at, fields }: Line): string {
  const { error, ...rest } = fields as { error?: { message?: string; stack?: string } };
  const words = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const tail = error === undefined ? [] : [`error=${JSON.stringify(error.message ?? error)}`];
  return [at.toISOString().slice(11, 23), level.toUpperCase().padEnd(5), message, ...words, ...tail].join(
    ' ',
  );
}

function target(sink: ((line: string) => void) | undefined): NodeJS.WritableStream {
  if (sink === undefined) return process.stderr;
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      sink(String(chunk).replace(/\n$/, ''));
      done();
    },
  });
}
