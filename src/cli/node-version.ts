/** The lowest version of Node.js that the dependencies run on (undici 8). */
const LOWEST_NODE = [22, 19] as const;

/** What is wrong with the running Node.js, in a line; undefined if it is new enough. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [lowestMajor, lowestMinor] = LOWEST_NODE;
  const suffices = major > lowestMajor || (major === lowestMajor && minor >= lowestMinor);
  return suffices ? undefined : `hostport needs Node.js ${lowestMajor}.${lowestMinor} or newer, and this is ${version}`;
}
