import { figure, median } from './statistics.ts';

const ROUNDS = 9;
const ENTRIES = 20_000;

/** How fast this machine is, in words: figures of two runs compare by it, where the machines were not the same. */
export function yardstick(): string {
  const text = JSON.stringify(Array.from({ length: ENTRIES }, (_, at) => ({ name: `name-${at}`, number: at })));
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    const read = JSON.parse(text) as readonly { readonly name: string; readonly number: number }[];
    const byName = new Map(read.map(({ name, number }) => [name, number]));
    for (const { name } of read) byName.delete(name);
    return performance.now() - began;
  });
  return `yardstick: ${figure(median(times))} ms for a list of ${ENTRIES.toLocaleString('en-US')} objects to be read, filed by name and forgotten`;
}
