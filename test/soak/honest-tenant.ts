import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { Pods, isApiError } from '../../src/kube/index.ts';
import type { Draft, KubeObject, Pod, ResourceType } from '../../src/kube/index.ts';
import { pick, within } from './chance.ts';
import {
  PODS_OF_SET,
  allocationOf,
  borrowerOf,
  faultsOf,
  faultsOfSet,
  podOf,
  podsOfSet,
  setOf,
} from './honest-lives.ts';
import type { ServingTime } from './serving-time.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenant.ts';
import { PortAllocations, RoleInstanceSets } from '../../src/api/index.ts';

/**
 * Within how much serving time (see {@link ServingTime}) a pod that was asked for is there with its numbers, in
 * milliseconds, tries again included: a person's, or a controller's, first try may meet the moment of a fault.
 */
const SERVED_MS = 10_000;

/** One try, in milliseconds, and how long after it the next one comes. */
const TRY_MS = 5_000;
const AGAIN_MS = 200;

/** How long a pod lives. */
const LIFE = [2_000, 15_000] as const;

/** What an honest tenant is made of. */
export interface HonestParts {
  readonly tenant: Tenant;
  readonly random: Random;
  readonly time: ServingTime;
  readonly tally: Tally;
  readonly breaches: string[];
}

/** Does something with one object of its own. */
type Turn = (parts: HonestParts, name: string, signal: AbortSignal) => Promise<void>;

/** What a tenant does; what stands there more often is done more often. */
const turns: readonly Turn[] = [runPod, runPod, runPod, lendToPod, lendToPod, runSet];

/** One turn after the other until `signal` aborts. `hand` tells those who do so at once apart. */
export async function behave(parts: HonestParts, hand: number, signal: AbortSignal): Promise<void> {
  for (let at = 0; !signal.aborted; at++) await pick(parts.random, turns)(parts, `own-${hand}-${at}`, signal);
}

async function runPod(parts: HonestParts, name: string, signal: AbortSignal): Promise<void> {
  const pod = await served(parts, podOf(parts.tenant.namespace, name), signal);
  parts.breaches.push(...faultsOf(pod));
  await live(parts, signal);
  await remove(parts, Pods, name, signal);
}

/** Two pods after each other with the number of one allocation. */
async function lendToPod(parts: HonestParts, name: string, signal: AbortSignal): Promise<void> {
  const { namespace, client } = parts.tenant;
  await made(parts, PortAllocations, allocationOf(namespace, name), { signal });
  const key = { namespace, name };
  const read = () => client.find(PortAllocations, key, { signal, timeoutMs: TRY_MS });
  const lent = await until(read, (found) => (found?.status?.ports ?? []).length > 0, signal);
  const pod = await served(parts, borrowerOf(namespace, name), signal);
  const [has] = pod.spec.containers.flatMap(({ ports = [] }) => ports.map(({ hostPort }) => hostPort));
  const number = lent?.status?.ports?.[0]?.port;
  if (has !== number) parts.breaches.push(`${namespace}/${name} borrowed ${number ?? 'nothing'}, and has ${has ?? 0}`);
  await live(parts, signal);
  await remove(parts, PortAllocations, name, signal);
  await live(parts, signal);
  await remove(parts, Pods, name, signal);
  parts.tally.count('loans');
}

/** How soon its pods come isn't held to a time: whoever leads makes them, and may just have been killed. */
async function runSet(parts: HonestParts, name: string, signal: AbortSignal): Promise<void> {
  const { namespace, client } = parts.tenant;
  await made(parts, RoleInstanceSets, setOf(namespace, name), { signal });
  const labelSelector = podsOfSet(name);
  const read = async () => (await client.list(Pods, { namespace, labelSelector, signal, timeoutMs: TRY_MS })).items;
  const pods = await until(read, ({ length }) => length === PODS_OF_SET, signal);
  parts.breaches.push(...faultsOfSet(`${namespace}/${name}`, pods));
  await live(parts, signal);
  await remove(parts, RoleInstanceSets, name, signal);
  parts.tally.count('sets');
}

/** Tries until the pod is there, and complains if that takes too long. */
async function served(parts: HonestParts, draft: Draft<Pod>, signal: AbortSignal): Promise<Pod> {
  const { time, breaches, tally } = parts;
  const began = time.ms;
  let isTold = false;
  const failed = (words: string): void => {
    if (isTold || time.ms - began <= SERVED_MS) return;
    isTold = true;
    const { namespace, name } = draft.metadata;
    breaches.push(`${namespace}/${name} isn't served ${SERVED_MS / 1000} s after it was asked for: ${words}`);
  };
  const pod = await made(parts, Pods, draft, { signal, failed });
  tally.count('honest pods');
  return pod;
}

/** Tries until the object is there; `failed` is told of each try. */
async function made<T extends KubeObject>(
  { tenant: { client } }: HonestParts,
  type: ResourceType<T>,
  draft: Draft<T>,
  { signal, failed }: { readonly signal: AbortSignal; readonly failed?: (words: string) => void },
): Promise<T> {
  const { namespace = '', name = '' } = draft.metadata;
  for (;;) {
    try {
      return await client.create(type, draft, { signal, timeoutMs: TRY_MS, retryForMs: 0 });
    } catch (error) {
      if (isCancellation(error, signal)) throw error;
      failed?.(String(error));
      // A try that wasn't answered may have been done all the same.
      const isThere = isApiError(error, 'alreadyExists');
      const found = isThere
        ? await client.find(type, { namespace, name }, { signal }).catch(() => undefined)
        : undefined;
      if (found !== undefined) return found;
    }
    await pause(clock, AGAIN_MS, signal);
  }
}

/** Reads again and again, whatever a try says, until `isIt`. */
async function until<T>(read: () => Promise<T>, isIt: (found: T) => boolean, signal: AbortSignal): Promise<T> {
  for (;;) {
    const found = await read().then(
      (value) => ({ value }),
      () => undefined,
    );
    if (found !== undefined && isIt(found.value)) return found.value;
    await pause(clock, AGAIN_MS, signal);
  }
}

function live({ random }: HonestParts, signal: AbortSignal): Promise<void> {
  return pause(clock, within(random, LIFE), signal);
}

/** What the deletion is told doesn't matter: all is cleared away at the end. */
async function remove({ tenant }: HonestParts, type: ResourceType, name: string, signal: AbortSignal): Promise<void> {
  const key = { namespace: tenant.namespace, name };
  await tenant.client.remove(type, key, { signal, timeoutMs: TRY_MS }).catch(() => undefined);
}
