import { setTimeout as sleep } from 'node:timers/promises';
import { Pods } from '../../src/kube/index.ts';
import type { ClusterClient, Draft, Pod } from '../../src/kube/index.ts';
import { NAMESPACE } from '../lives/workload.ts';

/** How long each pod lives from its creation, in milliseconds: it is bound, runs, and is recorded. */
export const LIFE_MS = 6_000;
/** What comes while a connection or a cache is still cold isn't counted, in seconds. */
const WARM_UP = 3;

/** What is created, and how often. */
export interface Flow {
  readonly client: ClusterClient;
  readonly draft: Draft<Pod>;
  /** Pods a second. */
  readonly rate: number;
  /** How long. */
  readonly seconds: number;
}

/** How it went. */
export interface Answers {
  /** From the moment at which each create was due to its answer, in milliseconds. */
  readonly latencies: readonly number[];
  /** How many of them were refused at last: somebody was too busy. */
  readonly refused: number;
}

/** Creates pods at a rate, whether or not earlier ones are answered, and deletes each a while later. */
export async function openLoop({ client, draft, rate, seconds }: Flow): Promise<Answers> {
  const { signal } = new AbortController();
  const latencies: number[] = [];
  const lives: Promise<void>[] = [];
  const began = performance.now();
  let refused = 0;
  const live = async (due: number): Promise<void> => {
    const made = await client.create(Pods, draft, { signal }).catch(() => undefined);
    if (due - began > WARM_UP * 1000) latencies.push(performance.now() - due);
    if (made === undefined) {
      refused++;
      return;
    }
    const { metadata } = made;
    await sleep(LIFE_MS);
    await client.remove(Pods, { namespace: NAMESPACE, name: metadata.name }, { signal });
  };
  for (let count = 0; count < (seconds + WARM_UP) * rate; count++) {
    const due = began + (count * 1000) / rate;
    if (due > performance.now()) await sleep(due - performance.now());
    lives.push(live(due));
  }
  await Promise.all(lives);
  return { latencies, refused };
}
