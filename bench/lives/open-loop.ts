import { setTimeout as sleep } from 'node:timers/promises';
import { Pods } from '../../src/kube/index.ts';
import { draftOf, NAMESPACE } from './workload.ts';
import type { Way } from './workload.ts';
import type { Site } from './site.ts';

/** How long pods are created, in seconds. */
export const SECONDS = 20;
/** How long each lives from its creation, in milliseconds: it is bound, runs, and is recorded. */
const LIFE_MS = 6_000;
/** What comes while a connection or a cache is still cold isn't counted, in seconds. */
const WARM_UP = 3;

/** How it went. */
export interface Answers {
  /** From the moment at which each create was due to its answer, in milliseconds. */
  readonly latencies: readonly number[];
  /** How many of them were refused at last: somebody was too busy. */
  readonly refused: number;
}

/**
 * Creates `rate` pods a second, whether or not earlier ones are answered, and deletes each a while later.
 */
export async function openLoop(site: Site, way: Way, rate: number): Promise<Answers> {
  const { client, signal } = site.hostport;
  const draft = draftOf(way);
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
  for (let count = 0; count < (SECONDS + WARM_UP) * rate; count++) {
    const due = began + (count * 1000) / rate;
    if (due > performance.now()) await sleep(due - performance.now());
    lives.push(live(due));
  }
  await Promise.all(lives);
  return { latencies, refused };
}
