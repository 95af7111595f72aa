import type { Pod } from '../kube/index.ts';
import { declaredPorts } from './container-ports.ts';
import { isOfStatefulSet } from './pod-facts.ts';
import { settingKey } from './setting-texts.ts';
import type { SettingValues } from './setting-texts.ts';

interface Facts {
  readonly pod: Pod;
  readonly values: SettingValues;
  readonly hasPortAllocator: boolean;
}

/** Settings that control the choice of numbers: useless for a pod that borrows those of a PortAllocation. */
const OF_CHOICE = ['pool', 'base-port', 'strategy', 'policy', 'keep'] as const;
/** The annotation of a mirror pod, which a kubelet creates for a static pod (`k8s.io/kubelet/pkg/types`). */
const MIRROR = 'kubernetes.io/config.mirror';
/** Settings that do nothing alone. */
const DEPENDENT = [...OF_CHOICE, 'network', 'sticky'] as const;

/**
 * What is wrong with a combination of settings that are valid one by one, in a sentence that says what to write;
 * undefined if nothing is. For a pod that switched Hostport off, only contradicting settings are reported.
 */
export function contradictionIn(pod: Pod, values: SettingValues, hasPortAllocator: boolean): string | undefined {
  const facts: Facts = { pod, values, hasPortAllocator };
  for (const rule of values.enabled === false && !hasPortAllocator ? [switchedOff] : RULES) {
    const fault = rule(facts);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

const RULES: readonly ((facts: Facts) => string | undefined)[] = [
  ofTheApiServer,
  switchedOff,
  alone,
  besideAllocation,
  keeps,
  sticks,
  onNetwork,
];

/** A mirror pod shows what a kubelet runs from a file: nothing that is written on it reaches the process. */
function ofTheApiServer({ pod }: Facts): string | undefined {
  return pod.metadata.annotations?.[MIRROR] === undefined
    ? undefined
    : "a static pod runs from a file of its node, and can't be given ports: remove the hostport.io/ annotations, or use a DaemonSet";
}

function switchedOff({ values: { enabled, allocation } }: Facts): string | undefined {
  return enabled === false && allocation !== undefined
    ? `${settingKey('allocation')}: "${allocation}" and ${settingKey('enabled')}: "false" contradict each other: remove one of them`
    : undefined;
}

function alone({ values, hasPortAllocator }: Facts): string | undefined {
  if (values.enabled !== undefined || values.allocation !== undefined || hasPortAllocator) return undefined;
  const setting = DEPENDENT.find((name) => values[name] !== undefined);
  return setting === undefined
    ? undefined
    : `${settingKey(setting)} does nothing by itself: write ${settingKey('enabled')}: "true", too`;
}

function besideAllocation({ values, hasPortAllocator }: Facts): string | undefined {
  if (values.allocation === undefined) return undefined;
  const key = settingKey('allocation');
  if (hasPortAllocator) return `${key} and a port-allocator both say where numbers come from: remove one of them`;
  if (values.sticky === true) {
    return `${settingKey('sticky')}: "true" keeps numbers of a pool, and ${key} has its own: remove one of them`;
  }
  const setting = OF_CHOICE.find((name) => values[name] !== undefined);
  return setting === undefined
    ? undefined
    : `${settingKey(setting)} has no effect on the numbers of ${key}: remove one of them`;
}

function keeps({ pod, values: { keep, policy } }: Facts): string | undefined {
  if (keep === undefined) return undefined;
  if (policy === 'Passthrough') {
    return `${settingKey('policy')}: "Passthrough" keeps the numbers of all ports: remove ${settingKey('keep')}`;
  }
  const names = new Set(declaredPorts(pod).map(({ name }) => name));
  const unknown = [...keep].find((name) => !names.has(name));
  if (unknown === undefined) return undefined;
  const known = names.size === 0 ? 'it has none' : `write some of ${[...names].join(', ')}`;
  return `${settingKey('keep')}: "${unknown}" is no port of a container of the pod: ${known}`;
}

function sticks({ pod, values }: Facts): string | undefined {
  return values.sticky === true && !isOfStatefulSet(pod)
    ? `${settingKey('sticky')}: "true" is for the pods of StatefulSets: remove it, or use a PortAllocation`
    : undefined;
}

function onNetwork({ pod, values }: Facts): string | undefined {
  const { hostNetwork, hostUsers } = pod.spec;
  if (values.network === 'Pod') {
    return hostNetwork === true
      ? `${settingKey('network')}: "Pod" and spec.hostNetwork: true contradict each other: remove one of them`
      : undefined;
  }
  const goesToHost = values.network === 'Host' || values.enabled === true || values.allocation !== undefined;
  return hostUsers === false && goesToHost
    ? `spec.hostUsers: false is not for the host network: remove it, or write ${settingKey('network')}: "Pod"`
    : undefined;
}
