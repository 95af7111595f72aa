import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogFields, Logger } from '../base/logger.ts';

/** From the most to the least important level. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** What is logged, and where. */
interface LoggingOptions {
  readonly level: LogLevel;
  /** Default: standard error, so that standard output is only for results. */
  readonly stream?: NodeJS.WritableStream;
}

/** A logger that writes one JSON object per line, with `timestamp`, `level`, `message` and the fields. */
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

/**
 * Runs `work`. Every line that is logged meanwhile in the same asynchronous context has `fields`, too, whichever logger
 * writes it.
 */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return context.run({ ...context.getStore(), ...fields }, work);
}

/** A new identifier for the log lines of one reconcile. */
export function newReconcileId(): string {
  return randomUUID().slice(0, 13);
}

/** The property in which winston's formats store the finished line. */
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

/** Deeper causes add nothing, and a chain of causes may be a cycle. */
const deepestCause = 8;

/** An error as a plain object with all of its properties and its causes. */
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
