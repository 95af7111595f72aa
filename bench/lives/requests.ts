import type { ClusterClient } from '../../src/kube/index.ts';

/** How many requests the API server has answered, by `VERB resource`. */
export type Requests = ReadonlyMap<string, number>;

const LINE = /^apiserver_request_total\{([^}]*)\} (\d+(?:\.\d+)?(?:e\+\d+)?)$/gm;

/** What the API server counts now. Watches count when they end, and are left out. */
export async function countRequests(client: ClusterClient): Promise<Requests> {
  const text = await client.raw('/metrics', { signal: AbortSignal.timeout(60_000) });
  const counted = new Map<string, number>();
  for (const [, labels = '', count] of text.matchAll(LINE)) {
    const { verb = '', resource = '', subresource = '' } = labelsOf(labels);
    if (verb === 'WATCH') continue;
    const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    counted.set(what, (counted.get(what) ?? 0) + Number(count));
  }
  return counted;
}

/** What came since `before`, for each of `pods`: the most frequent first, without what is rarer than one in fifty. */
export function eachSince(before: Requests, after: Requests, pods: number): readonly (readonly [string, number])[] {
  return [...after]
    .map(([what, count]) => [what, (count - (before.get(what) ?? 0)) / pods] as const)
    .filter(([, each]) => each >= 0.02)
    .toSorted(([, a], [, b]) => b - a);
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}
