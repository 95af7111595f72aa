import type { ConfigMap, KubeObject, Pod } from '../../src/kube/index.ts';
import type { Version } from '../support/hostport/judge.ts';

/** As many of the last changes are told. */
const TOLD = 30;

/**
 * What was written about the number of `fault`, a line for each change, the last ones up to the revisions that it names: by the
 * ledger, and by pods that declare it.
 */
export function historyOf(versions: readonly Version[], fault: string): readonly string[] {
  const number = Number.parseInt(fault, 10);
  const named = [...fault.matchAll(/of revision (\d+)/g)].map(([, revision]) => Number(revision));
  const last = named.length === 0 ? Infinity : Math.max(...named);
  const lines: string[] = [];
  const before = new Map<string, string>();
  for (const { object, change, revision } of versions) {
    const what = `${object.kind} ${object.metadata.name}`;
    const words = change === 'deleted' ? '' : wordsOn(object, number);
    if (Number(revision) > last || words === (before.get(what) ?? '')) continue;
    before.set(what, words);
    lines.push(`  ${revision} ${what}: ${words === '' ? 'nothing' : words}`);
  }
  return lines.slice(-TOLD);
}

function wordsOn(object: KubeObject, number: number): string {
  if (object.kind === 'ConfigMap') return (object as ConfigMap).data?.[String(number)] ?? '';
  if (object.kind !== 'Pod') return '';
  const { spec, metadata, status } = object as Pod;
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  const own = ports.filter(({ hostPort }) => hostPort === number);
  if (own.length === 0) return '';
  const { uid, annotations, ownerReferences, deletionTimestamp } = metadata;
  const { phase, containerStatuses } = status ?? {};
  return JSON.stringify({ uid, own, annotations, ownerReferences, deletionTimestamp, phase, containerStatuses });
}
