import type { Claim } from '../../../src/core/index.ts';
import { isLoan } from '../../../src/core/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { succeed } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

const ALLOCATED = 'hostport.io/allocated-';

/** The numbers that a pod was told, by port. */
export function assignedTo({ metadata }: Pick<Pod, 'metadata'>): Readonly<Record<string, number>> {
  const told = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(ALLOCATED));
  return Object.fromEntries(told.map(([key, text]) => [key.slice(ALLOCATED.length), Number(text)]));
}

/** The pods labelled `app: <app>`, by name. */
export async function podsOf(
  { client, signal }: RunningHostport,
  app: string,
  namespace = 'default',
): Promise<readonly Pod[]> {
  const { items } = await client.list(Pods, { namespace, labelSelector: `app=${app}`, signal });
  return items.toSorted((left, right) => left.metadata.name.localeCompare(right.metadata.name));
}

/** Waits until there are so many pods of `app`, none of them going, and gives them. */
export function whenThere(
  hostport: RunningHostport,
  app: string,
  count: number,
  namespace = 'default',
): Promise<readonly Pod[]> {
  const staying = async (): Promise<readonly Pod[]> => {
    const all = await podsOf(hostport, app, namespace);
    return all.every(({ metadata }) => metadata.deletionTimestamp === undefined) ? all : [];
  };
  return hostport.eventually(staying, ({ length }) => length === count, `${count} pods of ${app}`, 60_000);
}

/** A pod as it is stored. */
export async function podNamed(hostport: RunningHostport, name: string, namespace = 'default'): Promise<Pod> {
  return JSON.parse(await succeed(hostport.kubectl(['get', 'pod', name, '-n', namespace, '-o', 'json']))) as Pod;
}

/** Creates a pod, and gives it as it is stored. */
export async function create(hostport: RunningHostport, manifest: object): Promise<Pod> {
  return JSON.parse(await succeed(hostport.kubectl(['create', '-o', 'json', '-f', '-'], manifest))) as Pod;
}

/** What is held or reserved under names that begin so: `namespace/name`. */
export async function claimsOf(hostport: RunningHostport, prefix = ''): Promise<readonly Claim[]> {
  const claims = (await hostport.ledger()).flatMap((block) => block.claims);
  return claims
    .filter(({ state }) => state === 'held' || state === 'reserved')
    .filter(({ holder }) => `${holder.namespace}/${holder.name}`.startsWith(prefix))
    .toSorted((left, right) => left.number - right.number);
}

/** As {@link claimsOf}, the numbers alone, each once. */
export async function numbersUnder(hostport: RunningHostport, prefix: string): Promise<readonly number[]> {
  return [...new Set((await claimsOf(hostport, prefix)).map(({ number }) => number))];
}

/** Waits until nothing is held or reserved under names that begin so. */
export function whenFree(hostport: RunningHostport, prefix: string, timeoutMs = 30_000): Promise<unknown> {
  const read = (): Promise<readonly number[]> => numbersUnder(hostport, prefix);
  return hostport.eventually(read, ({ length }) => length === 0, `nothing is held for ${prefix}`, timeoutMs);
}

/** Waits until everything under names that begin so is held, nothing reserved any longer; gives the numbers. */
export async function whenHeld(hostport: RunningHostport, prefix: string, count: number): Promise<readonly number[]> {
  // What is lent has a claim of the pod beside its lender's, and is one number.
  const lent = (claim: Claim, all: readonly Claim[]): boolean =>
    all.some((lender) => lender.number === claim.number && isLoan(lender, claim));
  const read = async (): Promise<readonly Claim[]> => {
    const all = await claimsOf(hostport, prefix);
    return all.filter((claim) => !lent(claim, all));
  };
  const isSettled = (claims: readonly Claim[]): boolean =>
    claims.length === count && claims.every(({ state }) => state === 'held');
  const held = await hostport.eventually(read, isSettled, `${count} numbers are held for ${prefix}`);
  return held.map(({ number }) => number);
}

/** Waits for the account that pods of a new namespace run as. */
export async function makeNamespaceWithAccount(hostport: RunningHostport, name: string, labels = {}): Promise<void> {
  await hostport.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  const read = (): Promise<{ readonly code: number }> => hostport.kubectl(['get', 'sa', 'default', '-n', name]);
  await hostport.eventually(read, ({ code }) => code === 0, `the default account of ${name}`);
}
