import { parseArgs } from 'node:util';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';

/** A flag of a command. Every one has an environment variable `HOSTPORT_<FLAG>`; the command line comes first. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly default?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
}

/** The flags of a command, by name. */
export type Flags = Readonly<Record<string, Flag>>;

/** Flag values by name; of a boolean flag `"true"` or `"false"`. */
export type Values = Readonly<Record<string, string | undefined>>;

/** Reads a command's flags from its arguments and the environment. The error says what to write instead. */
export function readFlags(flags: Flags, args: readonly string[], env: NodeJS.ProcessEnv): Result<Values, string> {
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowNegative: true });
    const entries = Object.entries(flags).map(
      ([name, flag]) => [name, valueOf(name, flag, values[name], env)] as const,
    );
    return ok(Object.fromEntries(entries));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function valueOf(
  name: string,
  flag: Flag,
  given: string | boolean | undefined,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const value = given === undefined ? (env[variableOf(name)] ?? flag.default) : String(given);
  if (flag.type === 'boolean' && value !== undefined && value !== 'true' && value !== 'false') {
    throw new TypeError(`${variableOf(name)}="${value}": write true or false`);
  }
  return value;
}

/** The environment variable of a flag. */
export function variableOf(flag: string): string {
  return `HOSTPORT_${flag.toUpperCase().replaceAll('-', '_')}`;
}

/** Reads a duration such as `45s`, `500ms` or `2m` into milliseconds. */
export function parseDuration(text: string): Result<number, string> {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) return err(`"${text}" is no duration: write "20s", "500ms" or "2m"`);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
  return ok(Number(match[1]) * unit);
}

/** Reads `host:port`; the host may be an IPv6 address in brackets. */
export function parseBind(text: string): Result<{ readonly host: string; readonly port: number }, string> {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) return err(`"${text}" is no address to listen on: write "127.0.0.1:8080"`);
  return ok({ host: match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? '0.0.0.0')), port });
}

/** The lines of a command's help that describe its flags. */
export function describeFlags(flags: Flags): string {
  return Object.entries(flags)
    .map(([name, flag]) => {
      const value = flag.type === 'boolean' ? '' : ` ${flag.value ?? 'VALUE'}`;
      const preset = flag.default === undefined || flag.type === 'boolean' ? '' : ` (default ${flag.default})`;
      return `  --${name}${value}\n        ${flag.help}${preset} [$${variableOf(name)}]`;
    })
    .join('\n');
}
