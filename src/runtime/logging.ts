import winston from 'winston';
import type { LogFields, Logger } from '../base/logger.ts';

/** From the most to the least important. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** Whether `text` is a level, for the option `--log-level`. */
export function isLogLevel(text: string): text is LogLevel {
  return logLevels.some((level) => level === text);
}

/** Where and how much is logged. */
export interface LoggingOptions {
  readonly level: LogLevel;
  /** Default: standard error, so that standard output stays for results. */
  readonly stream?: NodeJS.WritableStream;
}

/** A logger that writes one JSON object a line: `timestamp`, `level`, `message`, and the fields. */
export function createLogger(options: LoggingOptions): Logger {
  const { combine, timestamp, json } = winston.format;
  const sink = winston.createLogger({
    level: options.level,
    levels: Object.fromEntries(logLevels.map((level, rank) => [level, rank])),
    format: combine(timestamp(), json()),
    transports: [new winston.transports.Stream({ stream: options.stream ?? process.stderr })],
  });
  return loggerOver(sink, {});
}

function loggerOver(sink: winston.Logger, own: LogFields): Logger {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (sink.isLevelEnabled(level)) sink.log({ ...plain({ ...own, ...fields }), level, message });
  };
  return {
    error: say('error'),
    warn: say('warn'),
    info: say('info'),
    debug: say('debug'),
    child: (fields) => loggerOver(sink, { ...own, ...fields }),
  };
}

function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]));
}

/** An exception as plain values, with everything that it says about itself and its causes. */
export function describeError(error: Error): Record<string, unknown> {
  const { cause } = error;
  return {
    ...error,
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(cause === undefined ? {} : { cause: cause instanceof Error ? describeError(cause) : cause }),
  };
}
