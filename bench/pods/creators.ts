import { podAnnotations } from '../../src/api/index.ts';
import { Pods } from '../../src/kube/index.ts';
import type { Callers, Timing } from '../callers.ts';
import { PORTS } from '../match-pod.ts';
import { draftOf } from './pod.ts';

/** What is to be created. */
export interface Load {
  /** Whether the pods ask for ports. */
  readonly asks: boolean;
  /** How many create at once, each one pod after the other. */
  readonly callers: number;
  /** How many pods, or for how long. */
  readonly until: { readonly pods: number } | { readonly seconds: number };
}

/** What came of it. */
export interface Outcome extends Timing {
  readonly names: readonly string[];
  /** What the pods were told, two for each pod that was told anything. */
  readonly numbers: readonly string[];
}

/** Creates pods; a create that is refused ends all. */
export async function createPods(by: Callers, { asks, callers, until }: Load): Promise<Outcome> {
  const names: string[] = [];
  const numbers: string[] = [];
  const draft = draftOf(asks);
  let left = 'pods' in until ? until.pods : Infinity;
  const end = 'seconds' in until ? performance.now() + until.seconds * 1000 : Infinity;
  const timing = await by.call(
    callers,
    () => (left-- > 0 && performance.now() < end ? draft : undefined),
    async (each, { client, signal }) => {
      const { metadata } = await client.create(Pods, each, { signal, metadataOnly: true, retryForMs: 0 });
      names.push(metadata.name);
      const told = PORTS.map((port) => metadata.annotations?.[podAnnotations.allocatedPrefix + port]);
      numbers.push(...told.filter((number) => number !== undefined));
    },
  );
  return { ...timing, names, numbers };
}
