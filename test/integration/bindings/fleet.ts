import { nodePortsLabel, roomResource } from '../../../src/api/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { Nodes, Pods } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { makeNamespaceWithAccount, assignedTo } from '../webhook/holdings.ts';
import { ENABLED, HTTP } from '../webhook/manifests.ts';
import type { Asked } from '../webhook/manifests.ts';

/** What a namespace is labelled with, so that its bindings are asked about. */
export const LABELS = { [nodePortsLabel.key]: nodePortsLabel.value };

const PORTS = [HTTP, { name: 'game', containerPort: 7777, protocol: 'UDP' }] as const;

/** A pod of two ports from the pool `nodes`, in `namespace`. */
export function asking(namespace: string, more: Asked = {}): Asked {
  return { settings: { ...ENABLED, pool: 'nodes' }, ports: PORTS, namespace, ...more };
}

/** A namespace whose pods may take a pool of scope Node. */
export function makeNodeNamespace(hostport: RunningHostport, name: string): Promise<void> {
  return makeNamespaceWithAccount(hostport, name, LABELS);
}

/** Waits until every node shows so much room of the pool `nodes`. */
export async function whenRoomIsShown({ client, eventually, signal }: RunningHostport, room: string): Promise<void> {
  const shown = async (): Promise<readonly (string | undefined)[]> =>
    (await client.list(Nodes, { signal })).items.map(({ status }) => status?.allocatable?.[roomResource('nodes')]);
  await eventually(shown, (amounts) => amounts.every((amount) => amount === room), 'nodes show their room');
}

/** Every pod of a namespace. */
export async function podsIn({ client, signal }: RunningHostport, namespace: string): Promise<readonly Pod[]> {
  return (await client.list(Pods, { namespace, signal })).items;
}

/** Waits until so many pods of the namespace are on a node; gives all that are there. */
export async function whenBound(
  hostport: RunningHostport,
  namespace: string,
  count: number,
  timeoutMs = 60_000,
): Promise<readonly Pod[]> {
  const bound = async (): Promise<number> =>
    (await podsIn(hostport, namespace)).filter(({ spec }) => spec.nodeName !== undefined).length;
  await hostport.eventually(bound, (seen) => seen === count, `${count} pods are bound`, timeoutMs);
  return podsIn(hostport, namespace);
}

/**
 * What is wrong with what bound pods were told: nothing, or less than two numbers, or one that another has on the node for
 * the same protocol. TCP and UDP of one number may be different pods', which happens where no number is free on both.
 */
export function faultsOf(pods: readonly Pod[]): readonly string[] {
  const taken = new Map<string, string>();
  const faults: string[] = [];
  for (const pod of pods) {
    const { name } = pod.metadata;
    const { nodeName } = pod.spec;
    if (nodeName === undefined) continue;
    const told = Object.entries(assignedTo(pod));
    if (told.length !== 2) faults.push(`${name} is on ${nodeName} and was told ${told.length} numbers`);
    for (const [port, number] of told) {
      const place = `${number}/${protocolOf(port)} on ${nodeName}`;
      const other = taken.get(place);
      if (other !== undefined) faults.push(`${name} and ${other} both have ${place}`);
      taken.set(place, name);
    }
  }
  return faults;
}

/** From what was asked: what is declared is taken out of a pod whose numbers come with its node. */
function protocolOf(port: string): string {
  return PORTS.find(({ name }) => name === port)?.protocol ?? 'TCP';
}
