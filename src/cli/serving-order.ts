import type { KubeObject } from '../kube/index.ts';

type Asker = KubeObject & { readonly status?: { readonly ports?: unknown } };

/** Those who have numbers first, then the oldest: for a sort. */
export function holdersFirst(left: Asker, right: Asker): number {
  const rank = ({ status }: Asker) => (status?.ports === undefined ? 1 : 0);
  return rank(left) - rank(right) || left.metadata.creationTimestamp.localeCompare(right.metadata.creationTimestamp);
}
