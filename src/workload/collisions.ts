import type { DemandedPort } from './demanded-port.ts';

/** The name part of an annotation has at most 63 characters, and `allocated-` is 10 of them. */
const LONGEST_NAME = 53;

/** What two ports would both write, or one can't write, in a sentence; undefined when each place is of one port. */
export function collisionIn(ports: readonly DemandedPort[]): string | undefined {
  const taken = new Map<string, string>();
  for (const { port, place } of ports.flatMap(placesOf)) {
    const other = taken.get(place);
    if (other === undefined) taken.set(place, port);
    else return `${place} would hold the number of port "${other}" and that of port "${port}": rename one of them`;
  }
  const long = ports.flatMap(({ name, aliases }) => [name, ...aliases.map((alias) => alias.name)]).find(isLong);
  return long === undefined
    ? undefined
    : `the name of port "${long}" has ${long.length} characters: write one of at most ${LONGEST_NAME}, which fits into an annotation`;
}

function isLong(name: string): boolean {
  return name.length > LONGEST_NAME;
}

function placesOf(port: DemandedPort): readonly { readonly port: string; readonly place: string }[] {
  const { name, endEnv, annotationKey } = port;
  return [
    ...[port, ...port.aliases].flatMap((each) => [
      { port: each.name, place: `env ${each.env}` },
      { port: each.name, place: `annotation ${each.annotation}` },
    ]),
    ...(endEnv === undefined ? [] : [{ port: name, place: `env ${endEnv}` }]),
    ...(annotationKey === undefined ? [] : [{ port: name, place: `annotation ${annotationKey}` }]),
  ];
}
