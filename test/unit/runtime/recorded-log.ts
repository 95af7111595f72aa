import type { LogFields, Logger } from '../../../src/base/logger.ts';

/** One logged line. */
export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger, and everything that was logged through it and its children. */
export interface RecordedLog {
  readonly logger: Logger;
  readonly lines: readonly Line[];
  /** The lines of `level`. */
  at(level: Line['level']): readonly Line[];
}

/** Makes a logger that records. */
export function recordedLog(): RecordedLog {
  const lines: Line[] = [];
  return { logger: loggerInto(lines, {}), lines, at: (level) => lines.filter((line) => line.level === level) };
}

function loggerInto(lines: Line[], own: LogFields): Logger {
  const say =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, fields: { ...own, ...fields } });
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    child: (fields) => loggerInto(lines, { ...own, ...fields }),
  };
}
