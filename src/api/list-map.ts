import { z } from 'zod';

/** The field that identifies the items of a list map. */
type Key = 'name' | 'type';

/** A list in which each key occurs once. The API server itself refuses duplicates, and merges such lists item by item. */
export function listMap<K extends Key, S extends z.ZodType<Readonly<Record<K, string>>>>(
  item: S,
  key: K,
  bounds: { readonly min?: number; readonly max: number; readonly description: string },
): z.ZodArray<S> {
  const { min = 0, max, description } = bounds;
  const list = z.array(item).max(max);
  const bounded = min === 0 ? list : list.min(min);
  const unique = bounded.superRefine((items, context) => {
    const seen = new Set<string>();
    for (const [at, { [key]: value }] of items.entries()) {
      if (seen.has(value)) {
        context.addIssue({ code: 'custom', path: [at], message: `duplicate ${key} "${value}": choose another one` });
      }
      seen.add(value);
    }
  });
  return unique.meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] });
}
