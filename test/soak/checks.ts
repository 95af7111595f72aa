import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningHostport } from '../support/hostport/hostport.ts';
import { readBlock } from '../support/hostport/ledger.ts';
import { historyOf } from './number-history.ts';
import { Deployments, Namespaces, Pods, Services, StatefulSets } from '../../src/kube/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { PortAllocations, RoleInstances, RoleInstanceSets } from '../../src/api/index.ts';

/** From the moment in which nobody is left who could hold a number: the design's promise (section 9), in milliseconds. */
const LEAK_MS = 60_000;

/** For namespaces to go, in milliseconds. */
const CLEARED_MS = 180_000;

const kinds: readonly ResourceType[] = [
  RoleInstanceSets,
  RoleInstances,
  Deployments,
  StatefulSets,
  Pods,
  PortAllocations,
  Services,
];

/** What the recorder saw: numbers twice, what it may have missed, and lines of the ledger that nobody can read. */
export async function whatWasSeen({ recorder }: RunningHostport): Promise<readonly string[]> {
  const { faults, gaps } = await recorder.verdict();
  const lines = recorder.versions.flatMap(({ object }) =>
    object.kind === 'ConfigMap' ? (readBlock(object)?.claims ?? []) : [],
  );
  const unreadable = lines.filter(({ state }) => state === 'unreadable');
  const texts = new Set(unreadable.map(({ number, text = '' }) => `unreadable: ${number}: ${JSON.stringify(text)}`));
  const told = faults.map((fault) => [fault, ...historyOf(recorder.versions, fault)].join('\n'));
  return [...told, ...gaps.map((gap) => `unproven, because versions were missed: ${gap}`), ...texts];
}

/** Clears the namespaces away, as their admin would, and says what is still held a minute after the last object is gone. */
export async function whatLeaks(hostport: RunningHostport, namespaces: readonly string[]): Promise<readonly string[]> {
  const { client, signal, eventually } = hostport;
  for (const name of namespaces) await client.remove(Namespaces, { name }, { signal });
  const clear = async (): Promise<readonly string[]> => {
    const left = await Promise.all(namespaces.map((namespace) => sweep(hostport, namespace)));
    return left.flat();
  };
  const stuck = await says(
    eventually(clear, ({ length }) => length === 0, 'all objects of the tenants are gone', CLEARED_MS),
  );
  const held = async (): Promise<readonly string[]> => {
    const claims = (await hostport.ledger()).flatMap((block) => block.claims);
    return claims
      .filter(({ state }) => state !== 'cooling')
      .map(({ number, state, holder, port }) => `${number} is ${state} for ${holder.key} "${port}"`);
  };
  const leaked = await says(eventually(held, ({ length }) => length === 0, 'nothing is leaked', LEAK_MS));
  return [...stuck, ...leaked];
}

/** Takes off finalizers that nobody acts on, and ends pods that no node ends; gives what is left. */
async function sweep({ client, signal }: RunningHostport, namespace: string): Promise<readonly string[]> {
  const left: string[] = [];
  for (const type of kinds) {
    const { items } = await client.list(type, { namespace, signal });
    for (const item of items) {
      left.push(`${type.kind} ${namespace}/${item.metadata.name}`);
      await letGo(client, type, item, signal);
    }
  }
  return left;
}

type Client = RunningHostport['client'];

async function letGo(client: Client, type: ResourceType, { metadata }: KubeObject, signal: AbortSignal): Promise<void> {
  const { namespace, name, finalizers = [] } = metadata;
  const kept = finalizers.filter((finalizer) => /^hostport\.io\/|^(foregroundDeletion|orphan)$/.test(finalizer));
  const body = { metadata: { finalizers: kept } };
  const ignore = (): undefined => undefined;
  if (kept.length < finalizers.length)
    await client.patch(type, { namespace, name }, { type: 'merge', body, signal }).catch(ignore);
  const force = type.kind === 'Pod' ? { gracePeriodSeconds: 0 } : {};
  await client.remove(type, { namespace, name }, { signal, ...force }).catch(ignore);
}

/** The message of what failed; the logs below it are many lines, and go into a file. */
async function says(waiting: Promise<unknown>): Promise<readonly string[]> {
  try {
    await waiting;
    return [];
  } catch (error) {
    const [message = '', ...logs] = String(error).split('\n---');
    if (logs.length === 0) return [message];
    const file = join(mkdtempSync(join(tmpdir(), 'hostport-soak-')), 'managers.log');
    writeFileSync(file, logs.join('\n---'));
    return [`${message}; the managers' logs: ${file}`];
  }
}
