import { podAnnotations } from '../../../src/api/index.ts';
import type { PortAllocation } from '../../../src/api/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

/** What is stored at one time of pods, records and the ledger. */
interface Books {
  readonly pods: readonly Pod[];
  readonly records: readonly PortAllocation[];
  /** Held and reserved ones. */
  readonly claims: readonly Claim[];
}

/** The pods of a fleet, the finished ones included. */
export async function podsOf({ client, signal }: RunningHostport, app: string): Promise<readonly Pod[]> {
  return (await client.list(Pods, { namespace: 'default', labelSelector: `app=${app}`, signal })).items;
}

/** Every record that there is. */
export async function recordsIn({ objects }: RunningHostport): Promise<readonly PortAllocation[]> {
  return (await objects.allocations()).filter(({ spec }) => spec.recordOf !== undefined);
}

/** The numbers that a pod declares as its host's, by the names of its ports. */
export function numbersOf(pod: Pod): ReadonlyMap<string, number> {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return new Map(ports.map(({ name = '', hostPort = 0 }) => [name, hostPort]));
}

/**
 * Where the books of pods don't agree now: a pod that runs and whose annotations, environment, host ports, container
 * ports, entries of the ledger and record don't all say the same; and an entry of the ledger, or a record, whose pod
 * isn't there or has finished. Nothing once all has settled.
 */
export async function amiss(hostport: RunningHostport): Promise<readonly string[]> {
  const { client, signal } = hostport;
  const { items } = await client.list(Pods, { namespace: 'default', signal });
  const claims = (await hostport.ledger()).flatMap((block) => block.claims).filter(isTaken);
  return judge({ pods: items.filter(isRunning), claims, records: await recordsIn(hostport) });
}

/** Waits until nothing is amiss. */
export async function inOrder(hostport: RunningHostport, timeoutMs = 60_000): Promise<void> {
  const read = (): Promise<readonly string[]> => amiss(hostport);
  await hostport.eventually(read, ({ length }) => length === 0, 'all books of pods agree', timeoutMs);
}

function judge({ pods, claims, records }: Books): readonly string[] {
  const claimsOf = Map.groupBy(claims, ({ holder }) => holder.uid);
  const recordOf = new Map(records.map((record) => [record.spec.recordOf?.uid, record]));
  const alive = new Set(pods.map(({ metadata }) => metadata.uid));
  return [
    ...pods.flatMap((pod) => {
      const { uid } = pod.metadata;
      return disagreement(pod, { ledger: inLedger(claimsOf.get(uid)), ...inRecord(recordOf.get(uid)) });
    }),
    ...claims
      .filter(({ holder }) => !alive.has(holder.uid))
      .map(({ number, state, holder }) => `${number} is ${state} for ${holder.key} (${holder.uid}), which isn't there`),
    ...records
      .filter(({ spec }) => !alive.has(spec.recordOf?.uid ?? ''))
      .map(({ metadata }) => `record ${metadata.name} is of a pod that isn't there`),
  ];
}

function disagreement(pod: Pod, books: Readonly<Record<string, string>>): readonly string[] {
  const declared = [...numbersOf(pod)];
  const own = { annotations: inAnnotations(pod, declared), env: inEnv(pod, declared), 'container ports': inPorts(pod) };
  const truth = print(declared);
  return Object.entries({ ...books, ...own })
    .filter(([, said]) => said !== truth)
    .map(([source, said]) => `${pod.metadata.name}: host ports say ${truth}, ${source}: ${said}`);
}

type Numbers = readonly (readonly [name: string, number: number])[];

function print(numbers: Numbers): string {
  return numbers
    .map(([name, number]) => `${name}=${number}`)
    .sort()
    .join(' ');
}

function inAnnotations({ metadata }: Pod, declared: Numbers): string {
  const { annotations = {} } = metadata;
  return print(declared.map(([name]) => [name, Number(annotations[`${podAnnotations.allocatedPrefix}${name}`])]));
}

/** What every container is told. */
function inEnv({ spec }: Pod, declared: Numbers): string {
  const told = spec.containers.map(({ env = [] }) =>
    print(
      declared.map(([name]) => {
        const variable = `HOSTPORT_${name.toUpperCase().replaceAll('-', '_')}`;
        return [name, Number(env.find((entry) => entry.name === variable)?.value)];
      }),
    ),
  );
  return [...new Set(told)].join(' and ');
}

function inPorts({ spec }: Pod): string {
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  return print(ports.map(({ name = '', containerPort }) => [name, containerPort]));
}

function inLedger(claims: readonly Claim[] = []): string {
  return print(claims.map(({ port, number, state }) => [state === 'held' ? port : `${state} ${port}`, number]));
}

function inRecord(record: PortAllocation | undefined): { readonly record: string; readonly summary: string } {
  const { ports = [], summary = '' } = record?.spec ?? {};
  const said = [...summary.matchAll(/(\S+)=(\d+)\/\w+/g)].map(([, name = '', port]) => [name, Number(port)] as const);
  return { record: print(ports.map(({ name, port = 0 }) => [name, port])), summary: print(said) };
}

function isTaken({ state }: Claim): boolean {
  return state === 'held' || state === 'reserved';
}

function isRunning({ metadata, status }: Pod): boolean {
  const hasAsked = metadata.annotations?.[podAnnotations.enabled] !== undefined;
  return hasAsked && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}
