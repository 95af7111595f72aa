/** Names of fields that every line has: a field of such a name would be lost. */
interface Reserved {
  readonly message?: never;
  readonly level?: never;
  readonly timestamp?: never;
}

/** Fields beside a message: names to plain values; an `error` may be an exception. */
export type LogFields = Readonly<Record<string, unknown>> & Reserved;

/** The log of a part of the program. Injected; there is no global one. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to all of its lines. */
  child(fields: LogFields): Logger;
}

/** Logs nothing: for pure tests and benchmarks. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
