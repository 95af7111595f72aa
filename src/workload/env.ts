import type { EnvVar } from '../kube/index.ts';

/** A variable to be written as a literal. */
export interface Literal {
  readonly name: string;
  readonly value: string;
  /** Whether it takes the place of an entry of that name; else it goes first, where others can refer to it. */
  readonly inPlace: boolean;
}

/** An entry that was taken out, and where it stood. */
export interface Replaced {
  readonly at: number;
  readonly was: EnvVar;
}

type Env = readonly EnvVar[];

/** `env` with each of `literals` once: in the place of an entry of that name or first, in their order. */
export function withLiterals(env: Env, literals: readonly Literal[]): Env {
  const placed = new Map<string, EnvVar>();
  const inPlace = new Map(literals.filter((each) => each.inPlace).map((each) => [each.name, each]));
  const names = new Set(literals.map(({ name }) => name));
  const rest = env.flatMap((entry) => {
    if (!names.has(entry.name)) return [entry];
    const literal = inPlace.get(entry.name);
    if (literal === undefined || placed.has(entry.name)) return [];
    placed.set(entry.name, entry);
    return [entryOf(literal)];
  });
  return [...literals.filter(({ name }) => !placed.has(name)).map(entryOf), ...rest];
}

/** The entries of `env` that {@link withLiterals} would take out. */
export function replacedBy(env: Env, literals: readonly Literal[]): readonly Replaced[] {
  const names = new Set(literals.map(({ name }) => name));
  return env.flatMap((was, at) => (names.has(was.name) ? [{ at, was }] : []));
}

/** `env` without the entries called by `names`, and with `replaced` back where they stood. */
export function withoutLiterals(env: Env, names: ReadonlySet<string>, replaced: readonly Replaced[]): Env {
  const restored = env.filter(({ name }) => !names.has(name));
  for (const { at, was } of [...replaced].sort((left, right) => left.at - right.at)) restored.splice(at, 0, was);
  return restored;
}

function entryOf({ name, value }: Literal): EnvVar {
  return { name, value };
}
