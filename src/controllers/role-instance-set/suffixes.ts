import { seededRandom } from '../../base/random.ts';
import { shortHash } from '../../roles/index.ts';
import { instanceName, newSuffix } from '../../workload/role/index.ts';

/**
 * Names for `count` more instances of a stateless set. They follow from the set's UID and from the names that are taken, so a
 * creation that is repeated because its answer was lost uses the same names and makes no instance twice.
 */
export function newNames(
  set: { readonly name: string; readonly uid: string },
  count: number,
  isTaken: (name: string) => boolean,
): readonly string[] {
  const names: string[] = [];
  for (let attempt = 0; names.length < count; attempt++) {
    const seed = Number.parseInt(shortHash(`${set.uid} ${attempt}`).slice(0, 8), 16);
    const name = instanceName(set.name, newSuffix(seededRandom(seed)));
    if (!isTaken(name) && !names.includes(name)) names.push(name);
  }
  return names;
}
