import { expect } from '@jest/globals';
import type { PortAllocationManifest, PortPool, PortPoolStatus } from '../../../src/api/index.ts';
import { Namespaces, findCondition } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import type { Condition } from '../../../src/kube/index.ts';

/** Well below the minute after which a refused allocation is looked at without being woken. */
export const SOON_MS = 30_000;

/** What a refusal says, where it is looked for. */
export interface ExpectedRefusal {
  readonly reason: string;
  /** Words that must be in the message: what is wrong, and what to write instead. */
  readonly says: readonly string[];
  readonly namespace?: string;
}

/** An allocation as a person writes it. */
export function allocation(
  name: string,
  spec: PortAllocationManifest['spec'],
  namespace = 'default',
): PortAllocationManifest {
  return { apiVersion: 'hostport.io/v1alpha1', kind: 'PortAllocation', metadata: { name, namespace }, spec };
}

/** Waits until the allocation is refused so, in its condition and in an Event. Gives the message. */
export async function expectRefusal(
  { objects, eventually }: RunningHostport,
  name: string,
  { reason, says, namespace = 'default' }: ExpectedRefusal,
): Promise<string> {
  const message = (await objects.refused(name, reason, namespace, SOON_MS))?.message ?? '';
  for (const words of says) expect(message).toContain(words);
  await eventually(
    () => objects.eventsOf(name, namespace),
    (events) =>
      events.some((event) => event.reason === reason && event.type === 'Warning' && event.message === message),
    `an Event tells why ${namespace}/${name} is refused`,
    SOON_MS,
  );
  return message;
}

/** Every number that the allocation has, once it has all that it asks for. */
export async function numbersGiven({ objects }: RunningHostport, name: string, namespace?: string): Promise<number[]> {
  const given = await objects.given(name, namespace, SOON_MS);
  return given.flatMap(({ port, endPort = port }) => Array.from({ length: endPort - port + 1 }, (_, at) => port + at));
}

/** Waits until the pool's status says so, and gives the pool. */
export async function poolShows(
  { objects, eventually }: RunningHostport,
  name: string,
  shown: Partial<PortPoolStatus>,
): Promise<PortPool | undefined> {
  const isShown = (pool: PortPool | undefined): boolean =>
    Object.entries(shown).every(([field, value]) => pool?.status?.[field as keyof PortPoolStatus] === value);
  return eventually(() => objects.findPool(name), isShown, `pool ${name} shows ${JSON.stringify(shown)}`, SOON_MS);
}

/** Waits until the pool has the condition with this status, and gives it. */
export async function poolCondition(
  { objects, eventually }: RunningHostport,
  name: string,
  { type, status = 'True' }: { readonly type: string; readonly status?: string },
): Promise<Condition> {
  const read = async (): Promise<Condition | undefined> =>
    findCondition((await objects.findPool(name))?.status?.conditions, type);
  const found = await eventually(
    read,
    (seen) => seen?.status === status,
    `${type} of pool ${name} is ${status}`,
    SOON_MS,
  );
  return found as Condition;
}

/** Waits until the pool is known to have no such condition. */
export async function poolIsWithout(
  { objects, eventually }: RunningHostport,
  name: string,
  type: string,
): Promise<void> {
  const read = async (): Promise<boolean> => {
    const { metadata, status } = (await objects.findPool(name)) ?? {};
    return status?.observedGeneration === metadata?.generation && !findCondition(status?.conditions, type);
  };
  await eventually(read, (isWithout) => isWithout, `pool ${name} has no condition ${type}`, SOON_MS);
}

/** Makes a namespace. */
export async function makeNamespace({ client, signal }: RunningHostport, name: string): Promise<void> {
  await client.create(Namespaces, { metadata: { name } }, { signal });
}

/** Waits until the second is over in which something was created: ages are told apart by whole seconds. */
export async function secondAfter({ eventually }: RunningHostport, created: string): Promise<void> {
  const isOver = (now: number): boolean => now >= Date.parse(created) + 1_000;
  await eventually(() => Date.now(), isOver, 'the next second has begun');
}
