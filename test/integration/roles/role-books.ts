import type { PortAllocation } from '../../../src/api/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import type { Sets } from './sets.ts';
import { envOf } from './sets.ts';

/**
 * What stands in one place about the numbers of a set: lines such as `leader.http=20001` and
 * `prefill-0-leader-0.grpc=20002`, each once, in order. A number with two values in one place makes two lines.
 */
type Lines = readonly string[];

/** Everything that is told of a set's numbers, and where. */
export interface RoleBooks {
  readonly pods: readonly string[];
  readonly images: readonly string[];
  readonly env: Lines;
  readonly annotations: Lines;
  readonly records: Lines;
  readonly ledger: Lines;
  /** Numbers that are held or reserved for anybody else. */
  readonly others: readonly string[];
}

/** For each variable the port whose number it has: `<component>.<port>` of the instance's first pod, or `.<port>` of the own. */
export type Variables = Readonly<Record<string, string>>;

/** Reads the books of set `name`, of which the pods have `variables`. */
export async function roleBooks(
  hostport: RunningHostport,
  sets: Sets,
  { name, variables }: { readonly name: string; readonly variables: Variables },
): Promise<RoleBooks> {
  const [set, instances, pods] = [await sets.find(name), await sets.instances(name), await sets.pods(name)];
  const allocations = await hostport.objects.allocations('default');
  const claims = (await hostport.ledger()).flatMap((block) => block.claims).filter(({ state }) => state !== 'cooling');
  const ours = claims.filter(({ holder, state }) => state === 'held' && holder.name.startsWith(name));
  return {
    pods: pods.map(({ metadata }) => metadata.name),
    images: [...new Set(pods.map(({ spec }) => spec.containers[0]?.image ?? ''))],
    env: lines(pods.flatMap((pod) => inEnv(pod, variables))),
    annotations: lines([set, ...instances].flatMap((object) => Object.entries(object?.metadata.annotations ?? {}))),
    records: lines(allocations.flatMap(inRecord)),
    ledger: lines(ours.map(({ holder, port, number }) => [keyFor(holder, port), number])),
    others: claims.filter((claim) => !ours.includes(claim)).map(({ number, holder }) => `${number} ${holder.key}`),
  };
}

function inEnv(pod: Pod, variables: Variables): (readonly [string, string])[] {
  const { labels = {}, name } = pod.metadata;
  const instance = labels['hostport.io/role-instance'] ?? '';
  const env = envOf(pod);
  return Object.entries(variables).flatMap(([variable, port]) => {
    const value = env[variable];
    if (value === undefined) return [];
    return [[port.startsWith('.') ? `${name}${port}` : port.replace('$', instance), value] as const];
  });
}

function inRecord({ spec }: PortAllocation): (readonly [string, number])[] {
  const { recordOf, ports } = spec;
  return recordOf === undefined ? [] : ports.map(({ name, port = 0 }) => [keyFor(recordOf, name), port]);
}

/** `leader.http` of set `prefill`, `prefill-0-leader-0.grpc` of instance `prefill-0`. */
function keyFor({ kind, name }: { readonly kind: string; readonly name: string }, port: string): string {
  return kind === 'RoleInstance' ? `${name}-${port}` : port;
}

function lines(entries: readonly (readonly [string, string | number])[]): Lines {
  const numbers = entries.filter(([, value]) => /^\d+$/.test(String(value)));
  return [...new Set(numbers.map(([key, value]) => `${key}=${value}`))].sort();
}
