import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogFields, Logger } from '../base/logger.ts';

/** From the most to the least important. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** The level and destination of the log. */
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
  });
  sink.pipe(lineWriter(options.stream ?? process.stderr));
  return loggerOver(sink, {});
}

const context = new AsyncLocalStorage<LogFields>();

/** Runs `work`; everything that is logged meanwhile on its way has `fields`, too, whichever logger is used. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

/** An identifier for the log lines of one reconcile. */
export function newReconcileId(): string {
  return randomUUID().slice(0, 13);
}

/** The symbol under which winston's formats store the finished line. */
const finished = Symbol.for('message');

function lineWriter(stream: NodeJS.WritableStream): Writable {
  return new Writable({
    objectMode: true,
    write: (info: Readonly<Record<symbol, string>>, _encoding, next) => {
      stream.write(`${info[finished] ?? ''}\n`);
      next();
    },
  });
}

function loggerOver(sink: winston.Logger, own: LogFields): Logger {
  const say = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (!sink.isLevelEnabled(level)) return;
    sink.log({ ...plain({ ...context.getStore(), ...own, ...fields }), level, message });
  };
  return {
    error: say('error'),
    warn: say('warn'),
    info: say('info'),
    debug: say('debug'),
    child: (fields) => loggerOver(sink, { ...own, ...fields }),
  };
}

function plainValue(value: unknown): unknown {
  return value instanceof Error ? describeError(value) : value;
}

function plain(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plainValue(value)]));
}

/** Deeper causes add nothing, and a chain may be circular. */
const deepestCause = 8;

/** An exception as plain values, with its causes. */
function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { cause, name, message, stack } = error;
  const deeper =
    cause instanceof Error ? (depth < deepestCause ? describeError(cause, depth + 1) : String(cause)) : cause;
  return {
    ...Object.fromEntries(Object.entries(error)),
    name,
    message,
    stack,
    ...(cause === undefined ? {} : { cause: deeper }),
  };
}
