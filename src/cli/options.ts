import { parseArgs } from 'node:util';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';

/** Reads the text of a flag. The error begins with the text, quoted, and says what to write instead. */
export type ParseText<T> = (text: string) => Result<T, string>;

/** A flag of a command. Every one has an environment variable `HOSTPORT_<FLAG>`; the command line comes first. */
interface Flag<T> {
  readonly parse: ParseText<T>;
  /** Stands for the value in the help, for example `FILE`. Absent: the flag is a switch, `--flag` or `--no-flag`. */
  readonly placeholder?: string;
  /** The text that is parsed where none is given. Absent: the flag's value is undefined then. */
  readonly default?: string;
  /** Says what to write, if the flag must be given. Absent: it may be left out. */
  readonly required?: string;
  readonly help: string;
}

/** The flags of a command, by name. */
export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of the flags `F`, by name. */
export type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never };

/** A flag that always has a value: the default, unless another one is given. */
export function flag<T>(parse: ParseText<T>, placeholder: string, defaultText: string, help: string): Flag<T> {
  return { parse, placeholder, default: defaultText, help };
}

/** A flag whose value is undefined if it is left out. */
export function optionalFlag<T>(parse: ParseText<T>, placeholder: string, help: string): Flag<T | undefined> {
  return { parse, placeholder, help };
}

/** A flag that must be given; `required` says what to write. */
export function requiredFlag<T>(parse: ParseText<T>, placeholder: string, required: string, help: string): Flag<T> {
  return { parse, placeholder, required, help };
}

/** A flag that is on or off. */
export function switchFlag(help: string, isOn = false): Flag<boolean> {
  return { parse: parseBoolean, default: String(isOn), help };
}

/** Reads a command's flags from its arguments and the environment. The error says what to write instead. */
export function readFlags<F extends Flags>(
  flags: F,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Result<Values<F>, string> {
  const given = parseArguments(flags, args);
  if (!given.ok) return given;
  const values: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(flags)) {
    const value = readFlag(name, each, given.value[name], env);
    if (!value.ok) return value;
    values[name] = value.value;
  }
  return ok(values as Values<F>);
}

function parseArguments(flags: Flags, args: readonly string[]): Result<Record<string, string | boolean>, string> {
  const typeOf = ({ placeholder }: Flag<unknown>) => (placeholder === undefined ? 'boolean' : 'string');
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, each]) => [name, { type: typeOf(each) } as const]),
  );
  try {
    const { values } = parseArgs({ args: [...args], options, strict: true, allowNegative: true });
    return ok(values as Record<string, string | boolean>);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function readFlag<T>(
  name: string,
  { parse, default: defaultText, required }: Flag<T>,
  given: string | boolean | undefined,
  env: NodeJS.ProcessEnv,
): Result<T | undefined, string> {
  const variable = variableOf(name);
  const text = given === undefined ? (env[variable] ?? defaultText) : String(given);
  if (required !== undefined && (text ?? '') === '') return err(`--${name} is missing: ${required}`);
  if (text === undefined) return ok(undefined);
  const value = parse(text);
  const source = given === undefined && env[variable] !== undefined ? `${variable}=` : `--${name} `;
  return value.ok ? value : err(`${source}${value.error}`);
}

/** The environment variable of a flag. */
function variableOf(name: string): string {
  return `HOSTPORT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Takes any text. */
export const parseText: ParseText<string> = (text) => ok(text);

const parseBoolean: ParseText<boolean> = (text) =>
  text === 'true' || text === 'false' ? ok(text === 'true') : err(`"${text}": write true or false`);

/** Takes one of `choices`. */
export function parseChoice<T extends string>(choices: readonly T[]): ParseText<T> {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    return found === undefined ? err(`"${text}": write one of ${choices.join(', ')}`) : ok(found);
  };
}

/** Reads a duration such as `45s`, `500ms` or `2m` into milliseconds. */
export const parseDuration: ParseText<number> = (text) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  if (match === null) return err(`"${text}" is no duration: write "20s", "500ms" or "2m"`);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match[2] as 'ms' | 's' | 'm' | 'h'];
  return ok(Number(match[1]) * unit);
};

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`; the host may be an IPv6 address in brackets, and absent for all addresses. */
export const parseBind: ParseText<ListenAddress> = (text) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) return err(`"${text}" is no address to listen on: write "127.0.0.1:8080"`);
  return ok({ host: match[1] ?? (match[2] === '' ? '0.0.0.0' : (match[2] ?? '0.0.0.0')), port });
};

/** The lines of a command's help that describe its flags. */
export function describeFlags(flags: Flags): string {
  return Object.entries(flags)
    .map(([name, { placeholder, default: defaultText, help }]) => {
      const syntax = placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`;
      const usual = defaultText === undefined || placeholder === undefined ? '' : ` (default ${defaultText})`;
      return `  ${syntax}\n        ${help}${usual} [$${variableOf(name)}]`;
    })
    .join('\n');
}
