import { Pods } from '../../src/kube/index.ts';
import type { Draft, Pod } from '../../src/kube/index.ts';
import { PAUSES_MEAN } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { inTurn } from '../turns.ts';
import { judge } from './judge.ts';
import { draftOf, likenessOf } from './pod.ts';
import { CALLERS, NODES, PODS, bindPods, createPods, verify } from './round.ts';
import { Series, columns, rowOf } from './series.ts';
import type { Way } from './series.ts';
import { LABELLED, PLAIN, openHostport, openPatched, promisedPod } from './site.ts';
import type { Site } from './site.ts';

const ROUNDS = 5;

/** What is measured of a way, and where. */
interface Subject {
  readonly site: Site;
  readonly draft: Draft<Pod>;
  /** Whether the Binding tells the pod two numbers. */
  readonly isTold: boolean;
  /** Whether the numbers are Hostport's. */
  readonly isHolder: boolean;
  readonly series: Series;
}

/** Bindings a second, through our webhook and through one that only patches, and of pods that ask for nothing. */
export async function measureBindings(): Promise<Section> {
  tell('bindings: starting two clusters, and Hostport in one of them');
  await using owned = new AsyncDisposableStack();
  const hostport = await openHostport(owned);
  const patched = await openPatched(owned);
  const subjects = await subjectsOf(hostport, patched);
  const all = Object.values(subjects);
  for (const subject of all) await measureOnce({ ...subject, series: new Series(subject.series.way) });
  for (let round = 0; round < ROUNDS; round++) {
    tell(`bindings: round ${round + 1} of ${ROUNDS}`);
    for (const subject of inTurn(all, round)) await measureOnce(subject);
  }
  const series = Object.fromEntries(all.map((subject) => [subject.series.way, subject.series])) as Record<Way, Series>;
  return {
    title: 'Bindings',
    method: `${PODS} pods with two ports are created, and then bound by ${CALLERS} callers, each one pod after the other, to ${NODES} nodes in turns; only the binding is timed. Latencies in ms. One cluster with Hostport (one manager), the other with a webhook that only patches two annotations onto the Binding (the same HTTPS server, the same registration, no books) and pods that look the same; each an API server and etcd. "Asked": in a namespace whose label has its bindings go through the webhook. Median of ${ROUNDS} rounds, in turns; between them what was bound is confirmed, recorded, deleted and released. ${PAUSES_MEAN}`,
    columns,
    rows: all.map((subject) => rowOf(subject.series, series.none)),
    verdicts: judge(series),
  };
}

async function subjectsOf(hostport: Site, patched: Site): Promise<Readonly<Record<Way, Subject>>> {
  const promised = likenessOf(await promisedPod(hostport), LABELLED);
  const told = { isTold: true, isHolder: false };
  const untold = { isTold: false, isHolder: false };
  const [asking, labelled, plain] = [draftOf(LABELLED, true), draftOf(LABELLED, false), draftOf(PLAIN, false)];
  return {
    nodePool: { site: hostport, draft: asking, ...told, isHolder: true, series: new Series('nodePool') },
    patched: { site: patched, draft: promised, ...told, series: new Series('patched') },
    labelled: { site: hostport, draft: labelled, ...untold, series: new Series('labelled') },
    plain: { site: hostport, draft: plain, ...untold, series: new Series('plain') },
    none: { site: patched, draft: plain, ...untold, series: new Series('none') },
  };
}

/** One round, after which everything is as it was. */
async function measureOnce({ site, draft, isTold, isHolder, series }: Subject): Promise<void> {
  const { callers, client } = site;
  const { namespace = '' } = draft.metadata;
  await site.pauses();
  const waiting = await createPods(callers, draft);
  series.addRound(waiting.length, await bindPods(callers, waiting));
  const { items } = await client.list(Pods, { namespace, signal: new AbortController().signal });
  verify(items, isTold);
  if (isHolder) await site.settle(items.length);
  series.addPauses(await site.pauses());
  await callers.remove(
    namespace,
    items.map(({ metadata }) => metadata.name),
  );
  await site.settle(0);
}
