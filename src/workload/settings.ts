import { podAnnotations } from '../api/index.ts';
import type { PortAllocatorConfig } from '../api/index.ts';
import { err, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../core/index.ts';
import type { Refusal, StrategyName } from '../core/index.ts';
import type { Pod } from '../kube/index.ts';
import { contradictionIn } from './contradictions.ts';
import { parsePortAllocator } from './port-allocator.ts';
import { portAllocatorText, readValues, settingsIn } from './setting-texts.ts';
import type { SettingValues } from './setting-texts.ts';

/** What a pod asks for by its annotations. */
export interface PodSettings {
  /** Every container port gets a number. */
  readonly enabled: boolean;
  /** Absent: the pool that contains {@link basePort}, else the default pool. */
  readonly poolName?: string;
  readonly basePort?: number;
  readonly strategy: StrategyName;
  readonly policy: 'Dynamic' | 'Passthrough';
  /** Names of container ports that keep their own numbers. */
  readonly keep: ReadonlySet<string>;
  /** `Host`: the pod is, or is put, on the host network. */
  readonly network: 'Host' | 'Pod';
  /** The PortAllocation whose numbers the container ports get, by name. */
  readonly allocationName?: string;
  readonly sticky: boolean;
  readonly portAllocator?: PortAllocatorConfig;
}

/**
 * The settings of `pod`; undefined if it asks for nothing. Results of an earlier review are no settings.
 * @returns the refusal of settings that can't be read, or that contradict each other or the pod
 */
export function readPodSettings(pod: Pod): Result<PodSettings | undefined, Refusal> {
  const text = portAllocatorText(pod);
  if (text === 'twice') {
    const { portAllocator, rbgPortAllocator } = podAnnotations;
    return err(refuse.invalid(`${portAllocator} and ${rbgPortAllocator} mean the same: write one of them`));
  }
  const read = readValues(settingsIn(pod));
  if ('faults' in read) return err(refuse.invalid(read.faults.join('; ')));
  const { values } = read;
  const contradiction = contradictionIn(pod, values, text !== 'absent');
  if (contradiction !== undefined) return err(refuse.invalid(contradiction));
  if (text === 'absent') return ok(asksByItself(values) ? settings(pod, values) : undefined);
  const parsed = parsePortAllocator(text.text, text.key);
  if (!parsed.ok) return parsed;
  if (parsed.value.references.length > 0) return err(noReferences(text.key));
  return ok({ ...settings(pod, values), portAllocator: parsed.value });
}

function asksByItself({ enabled, allocation }: SettingValues): boolean {
  return enabled === true || allocation !== undefined;
}

function noReferences(key: string): Refusal {
  return refuse.invalid(
    `${key}: references are told to the pods of a RoleInstanceSet alone: remove "references", or use a RoleInstanceSet`,
  );
}

function settings(pod: Pod, values: SettingValues): PodSettings {
  const { pool, allocation, 'base-port': basePort } = values;
  return {
    enabled: values.enabled === true,
    ...(pool === undefined ? {} : { poolName: pool }),
    ...(basePort === undefined ? {} : { basePort }),
    strategy: values.strategy ?? 'Sequential',
    policy: values.policy ?? 'Dynamic',
    keep: values.keep ?? new Set(),
    network: values.network ?? networkOf(pod, values),
    ...(allocation === undefined ? {} : { allocationName: allocation }),
    sticky: values.sticky === true,
  };
}

/** A port-allocator alone leaves the pod on its network, as RoleBasedGroup does. */
function networkOf(pod: Pod, values: SettingValues): 'Host' | 'Pod' {
  return asksByItself(values) || pod.spec.hostNetwork === true ? 'Host' : 'Pod';
}
