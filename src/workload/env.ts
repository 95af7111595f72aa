import type { EnvVar } from '../kube/index.ts';

interface NamedVariable {
  readonly name: string;
  /** Whether it replaces an entry of that name in place; otherwise it goes first, so that other entries can refer to it. */
  readonly inPlace: boolean;
}

/** A variable to be written as a literal. */
export interface Literal extends NamedVariable {
  readonly value: string;
}

/** A variable to be written: a literal, or the value of an annotation of the pod when its containers start. */
export type Variable = Literal | (NamedVariable & { readonly annotation: string });

/** An entry that was removed, and its position. */
interface Replaced {
  readonly at: number;
  readonly was: EnvVar;
}

type Env = readonly EnvVar[];

/** `env` with each of `variables` once: in place of an entry of that name, or first, in their order. */
export function withVariables(env: Env, variables: readonly Variable[]): Env {
  const replaced = new Set<string>();
  const inPlace = new Map(variables.filter((each) => each.inPlace).map((each) => [each.name, each]));
  const names = new Set(variables.map(({ name }) => name));
  const rest = env.flatMap((entry) => {
    if (!names.has(entry.name)) return [entry];
    const variable = inPlace.get(entry.name);
    if (variable === undefined || replaced.has(entry.name)) return [];
    replaced.add(entry.name);
    return [entryOf(variable)];
  });
  return [...variables.filter(({ name }) => !replaced.has(name)).map(entryOf), ...rest];
}

/** The entries of `env` that {@link withVariables} would remove. */
export function replacedBy(env: Env, variables: readonly Variable[]): readonly Replaced[] {
  const names = new Set(variables.map(({ name }) => name));
  return env.flatMap((was, at) => (names.has(was.name) ? [{ at, was }] : []));
}

/** `env` without the entries named in `names`, and with `replaced` back at their positions. */
export function withoutVariables(env: Env, names: ReadonlySet<string>, replaced: readonly Replaced[]): Env {
  const restored = env.filter(({ name }) => !names.has(name));
  for (const { at, was } of [...replaced].sort((left, right) => left.at - right.at)) restored.splice(at, 0, was);
  return restored;
}

function entryOf(variable: Variable): EnvVar {
  const { name } = variable;
  if ('value' in variable) return { name, value: variable.value };
  return { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: fieldPathOf(variable.annotation) } } };
}

/** The annotation of its pod that `entry` reads; undefined for any other entry. */
export function readFrom({ valueFrom }: EnvVar): string | undefined {
  const source = valueFrom?.['fieldRef'] as { readonly fieldPath?: unknown } | undefined;
  return /^metadata\.annotations\['(.+)'\]$/.exec(String(source?.fieldPath))?.[1];
}

function fieldPathOf(annotation: string): string {
  return `metadata.annotations['${annotation}']`;
}
