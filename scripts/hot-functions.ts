/** Prints the functions in which the most time went, by a CPU profile of V8: `node scripts/hot-functions.ts FILE|FOLDER…`. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** So many are shown. */
const SHOWN = 30;

/** What is used of the format of the inspector's `Profiler.Profile`. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** From each sample back to the one before it, in microseconds. */
  readonly timeDeltas: readonly number[];
}

const files = process.argv.slice(2).flatMap(profilesIn);
if (files.length === 0) {
  console.error('usage: node scripts/hot-functions.ts FILE.cpuprofile|FOLDER…');
  process.exitCode = 2;
}
for (const file of files) print(file);

function profilesIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const inside = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return inside.filter((name) => name.endsWith('.cpuprofile')).map((name) => join(path, name));
}

function print(file: string): void {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const times = selfTimes(profile);
  const all = [...times.values()].reduce((sum, time) => sum + time, 0);
  const busy = all - (times.get('(idle)') ?? 0);
  console.log(`${file}: ${seconds(all)} s, busy for ${seconds(busy)} s; self time, and its share of the busy time`);
  const hottest = [...times].filter(([name]) => name !== '(idle)').toSorted(([, a], [, b]) => b - a);
  for (const [name, time] of hottest.slice(0, SHOWN)) {
    console.log(`${seconds(time).padStart(9)} s ${((100 * time) / busy).toFixed(1).padStart(5)} %  ${name}`);
  }
}

/** In microseconds, by function. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const names = new Map(nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? '(unknown)';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at + 1] ?? 0));
  }
  return times;
}

function nameOf({ functionName, url, lineNumber, columnNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url === '' ? '' : `  ${basename(url)}:${lineNumber + 1}:${columnNumber + 1}`;
  return `${functionName || '(anonymous)'}${place}`;
}

function seconds(microseconds: number): string {
  return (microseconds / 1e6).toFixed(2);
}
