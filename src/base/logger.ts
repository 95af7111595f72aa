/** What a line says by itself: a field of such a name would be lost. */
interface Reserved {
  readonly message?: never;
  readonly level?: never;
  readonly timestamp?: never;
}

/** What is said beside a message: names to plain values; an `error` may be an exception. */
export type LogFields = Readonly<Record<string, unknown>> & Reserved;

/** Where a part of the program tells what it does. Injected; nobody reaches for a global one. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to everything that is said through it. */
  child(fields: LogFields): Logger;
}

/** Says nothing: for pure tests and benchmarks. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
